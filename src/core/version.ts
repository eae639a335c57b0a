import { IfMatchError, show } from './errors.js'

/*
 * A version is any string the application counts with; inside an entity tag it must be made of etagc
 * (RFC 9110 §8.8.3: %x21 / %x23-7E / obs-text), and the dot is kept for the border to the content hash.
 * What is not allowed there is percent-encoded, so that no version can end the tag or the header line.
 */

/** Whether all of it may stand in an entity tag as it is. No regular expression: to begin one takes longer than a version. */
function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (!isPlainCode(text.charCodeAt(index))) return false
  return true
}

/** `!`, `#`, `$`, `&` to `-`, and what follows the dot up to `~` */
function isPlainCode(code: number): boolean {
  return (
    (code > 0x2e && code < 0x7f) ||
    (code > 0x25 && code < 0x2e) ||
    (code > 0x20 && code < 0x25 && code !== 0x22)
  )
}

/** The version as it stands in an entity tag: etagc without `.` and `%`, other octets percent-encoded as UTF-8. */
export function encodeVersion(version: string): string {
  if (isPlain(version)) return version
  let encoded = ''
  for (const character of version) encoded += isPlain(character) ? character : percentEncode(character)
  return encoded
}

function percentEncode(character: string): string {
  if (character === '.') return '%2E'
  try {
    return encodeURIComponent(character)
  } catch {
    throw new IfMatchError(
      'ERR_VERSION_INVALID',
      `a version must be well-formed Unicode, got ${show(character)}. Name another member in \`version\` (ERR_VERSION_INVALID, see docs/errors.md)`,
    )
  }
}

/** The version that an encoded text stands for, or undefined where nothing that we wrote looks like that. */
export function decodeVersion(encoded: string): string | undefined {
  if (!encoded.includes('%')) return encoded
  try {
    const version = decodeURIComponent(encoded)
    return encodeVersion(version) === encoded ? version : undefined
  } catch {
    return undefined
  }
}

/** `"<version>"`, the tag on the answer of a write, or `"<version>.<content>"`, the tag on a read. */
export function formatTag(version: string, content?: string): string {
  const encoded = encodeVersion(version)
  return content === undefined ? `"${encoded}"` : `"${encoded}.${content}"`
}

/** The version part of an opaque tag; the whole where there is no content part. */
export function versionPart(opaque: string): string | undefined {
  const border = opaque.indexOf('.')
  return decodeVersion(border === -1 ? opaque : opaque.slice(0, border))
}

const CODINGS = [
  '--gzip',
  '-gzip',
  '-br',
  '-zstd',
  '-deflate',
  ';gzip',
  ';br',
  ';zstd',
  ';deflate',
  '+gzip',
  '+br',
  '+zstd',
] as const

/** The opaque tag without the suffix that a compressing proxy put behind it (Apache `-gzip`, others `;br`). */
export function withoutCodingSuffix(opaque: string): string {
  const suffix = CODINGS.find((coding) => opaque.endsWith(coding))
  return suffix === undefined ? opaque : opaque.slice(0, -suffix.length)
}

import { show } from './errors.js'

/*
 * A scanner and no regular expression: every character is looked at once, so that a hostile header costs
 * its length and no more. A comma is legal inside a tag, which is why splitting at commas is wrong.
 */

/** An entity tag (RFC 9110 §8.8.3): a version of a representation, as its server named it. */
export interface EntityTag {
  /** what stands between the quotes, one character an octet, as Node hands headers over */
  readonly opaque: string
  /** `W/`: versions that share the tag may differ in their octets */
  readonly weak: boolean
}

/** The value of If-Match or If-None-Match (§13.1.1, §13.1.2): any representation at all, or one of these. */
export type EntityTags = '*' | readonly EntityTag[]

/** What Node lets through as a whole header section by default; longer values do not reach us from there. */
const MAX_LENGTH = 16 * 1024

/**
 * Members, empty ones included: §5.6.1.2 asks for a reasonable number of those, and warns of more. A cache
 * sends one tag for each answer that it stores of a URL, a client one or two; nobody has a thousand.
 */
const MAX_MEMBERS = 1024

const HTAB = 0x09
const SP = 0x20
const DQUOTE = 0x22
const ASTERISK = 0x2a
const COMMA = 0x2c

/** One whole tag, nothing before it or after it; undefined where the text is not one. */
export function parseEntityTag(text: string): EntityTag | undefined {
  // §8.8.3: weak = %s"W/", so `w/` is not a prefix but an error
  const weak = text.startsWith('W/')
  const open = weak ? 2 : 0
  if (text.charCodeAt(open) !== DQUOTE) return undefined
  const close = endOfOpaque(text, open + 1)
  if (text.charCodeAt(close) !== DQUOTE || close !== text.length - 1) return undefined
  return { opaque: text.slice(open + 1, close), weak }
}

/**
 * A whole field value, several header lines joined by a comma (§5.3); undefined where it is malformed or
 * beyond what is reasonable. A value without any tag, empty or nothing but commas, is grammatical (§5.6.1.2:
 * `#element` may have no member, and empty ones do not count): it is a list, and matches nothing.
 */
export function parseEntityTags(value: string): EntityTags | undefined {
  if (value === '*') return '*'
  if (value.length > MAX_LENGTH) return undefined
  const only = parseEntityTag(value)
  return only === undefined ? parseList(value) : [only]
}

function parseList(value: string): EntityTags | undefined {
  let at = skipBlanks(value, 0)
  if (value.charCodeAt(at) === ASTERISK) return skipBlanks(value, at + 1) === value.length ? '*' : undefined
  const tags: EntityTag[] = []
  for (let members = 1; members <= MAX_MEMBERS; members++) {
    const weak = value.startsWith('W/', at)
    const open = weak ? at + 2 : at
    if (value.charCodeAt(open) === DQUOTE) {
      const close = endOfOpaque(value, open + 1)
      if (value.charCodeAt(close) !== DQUOTE) return undefined
      tags.push({ opaque: value.slice(open + 1, close), weak })
      at = skipBlanks(value, close + 1)
    }
    if (at === value.length) return tags
    if (value.charCodeAt(at) !== COMMA) return undefined
    at = skipBlanks(value, at + 1)
  }
  return undefined
}

/** The tag as a field value has it. Throws a TypeError where the text could end the tag, or the header line. */
export function formatEntityTag(tag: EntityTag): string {
  if (endOfOpaque(tag.opaque, 0) !== tag.opaque.length) {
    throw new TypeError(
      `${show(tag.opaque)} cannot stand in an entity tag: no quotes, spaces or controls, nothing above U+00FF`,
    )
  }
  return tag.weak ? `W/"${tag.opaque}"` : `"${tag.opaque}"`
}

/** The same octets (§8.8.3.2): neither is weak, and the texts agree. For If-Match. */
export function strongMatch(a: EntityTag, b: EntityTag): boolean {
  return !a.weak && !b.weak && a.opaque === b.opaque
}

/** As good as the same (§8.8.3.2): the texts agree, weak or not. For If-None-Match. */
export function weakMatch(a: EntityTag, b: EntityTag): boolean {
  return a.opaque === b.opaque
}

/** The first index from `at` on that holds no etagc (§8.8.3: %x21 / %x23-7E / obs-text). */
function endOfOpaque(text: string, at: number): number {
  let end = at
  while (end < text.length && isEtagc(text.charCodeAt(end))) end++
  return end
}

function isEtagc(code: number): boolean {
  return (code > DQUOTE && code < 0x7f) || code === 0x21 || (code >= 0x80 && code <= 0xff)
}

/** The first index from `at` on that holds no OWS (§5.6.3). */
function skipBlanks(text: string, at: number): number {
  let end = at
  while (text.charCodeAt(end) === SP || text.charCodeAt(end) === HTAB) end++
  return end
}

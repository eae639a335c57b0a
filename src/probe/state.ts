import type { Settings } from './options.js'
import type { Validator } from './result.js'
import { Inconclusive } from './inconclusive.js'
import { succeeded, type Answer, type Wire } from './wire.js'

export type Members = Readonly<Record<string, unknown>>

/** One state of the resource, as a GET has shown it. */
export interface State {
  readonly etag: string | undefined
  readonly json: Members
  /** by member: a number in it that is another one in `json`, for it has more digits than JavaScript keeps (RFC 8259 §6) */
  readonly rounded: ReadonlyMap<string, string>
}

/** Names under which APIs show the version of a row. */
export const VERSIONS: readonly string[] = [
  'version',
  '_version',
  '__v',
  'rev',
  '_rev',
  'revision',
  'rowVersion',
  'row_version',
  'lockVersion',
  'lock_version',
  'etag',
  '_etag',
  'updatedAt',
  'updated_at',
]

export async function readState({ signal }: Settings, wire: Wire): Promise<State> {
  const answer = await answered(wire, signal)
  if (answer.status >= 300 && answer.status < 400)
    throw new Inconclusive(`GET is redirected (${answer.status}): give the address that it leads to`)
  if (answer.status === 401 || answer.status === 403)
    throw new Inconclusive(
      `GET is answered with ${answer.status}: send what it asks for, -H 'Authorization: …'`,
    )
  if (!succeeded(answer)) throw new Inconclusive(`GET is answered with ${answer.status}`)
  const json = membersOf(answer.body)
  if (json === undefined)
    throw new Inconclusive('GET shows no JSON object: give the address of one resource, not of a list')
  return { etag: answer.etag, json, rounded: roundedIn(answer.body, json) }
}

async function answered(wire: Wire, signal: AbortSignal | undefined): Promise<Answer> {
  try {
    return await wire.send({ method: 'GET', headers: {} }, { signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw new Inconclusive(`no answer: ${error instanceof Error ? reasonOf(error) : String(error)}`)
  }
}

function reasonOf(error: Error & { code?: string }): string {
  return error.message || (error.code ?? error.name)
}

function membersOf(text: string): Members | undefined {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Members) : undefined
  } catch {
    return undefined
  }
}

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi

/** Whoever writes back what was read would change such a number, and see no difference. */
function roundedIn(text: string, json: Members): ReadonlyMap<string, string> {
  const marked = membersOf(text.replace(TOKEN, (token) => (isRounded(token) ? `"\\u0000${token}"` : token)))
  const rounded = new Map<string, string>()
  for (const [name, value] of Object.entries(marked ?? {})) {
    const seen = JSON.stringify(value)
    if (seen === JSON.stringify(json[name])) continue
    rounded.set(name, /"\\u0000(-?[\d.e+-]+)"/i.exec(seen)?.[1] ?? '')
  }
  return rounded
}

function isRounded(token: string): boolean {
  return !token.startsWith('"') && digitsOf(token) !== digitsOf(String(Number(token)))
}

/** Its digits without zeros at either end, which say how large it is and not which number. */
function digitsOf(number: string): string {
  const [mantissa = ''] = number.toLowerCase().split('e', 1)
  return mantissa.replace(/[-.]/g, '').replace(/^0+|0+$/g, '')
}

/** By what a client can name this state: its entity tag, else a version in the body. */
export function validatorOf({ versionField }: Settings, { etag, json }: State): Validator {
  if (versionField !== undefined) {
    if (!isVersion(json, versionField))
      throw new Inconclusive(`what GET shows has no member ${versionField} with a text or a number`)
    return { kind: 'body', member: versionField }
  }
  const member = VERSIONS.find((name) => isVersion(json, name))
  // a weak tag never matches in If-Match (RFC 9110 §13.1.1), so it is the last resort
  if (member !== undefined && (etag === undefined || etag.startsWith('W/'))) return { kind: 'body', member }
  if (etag !== undefined) return { kind: 'etag' }
  throw new Inconclusive(
    'GET shows neither an ETag nor a version in its body, so a client has nothing to say what its change was built on: every two saves at once lose one. If a member is the version, name it: --version-field',
  )
}

function isVersion(json: Members, name: string): boolean {
  return Object.hasOwn(json, name) && ['string', 'number'].includes(typeof json[name])
}

/** The headers by which a write names this state; none where its body does. */
export function naming(validator: Validator, { etag }: State): Record<string, string> {
  return validator.kind === 'etag' && etag !== undefined ? { 'if-match': etag } : {}
}

export function nameOf(validator: Validator, { etag, json }: State): unknown {
  return validator.kind === 'etag' ? etag : json[validator.member]
}

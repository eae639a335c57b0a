import type { Answer } from './answer.js'
import { check, ClientError, withVersions } from './errors.js'
import { exchange, failure, isPassing } from './exchange.js'
import type { HeaderFields, Settings } from './options.js'
import { baseOf, noValidator, read } from './read.js'
import { retry, type RetryOptions } from './retry.js'
import { isSame, stateOf, type Base, type Snapshot, type Written } from './snapshot.js'

/** Whether what is there now has this write in it. */
export type WasMade<T> = (theirs: T, mine: unknown) => boolean

export interface WriteRequest<T> {
  readonly method: string
  /** absolute */
  readonly url: string
  /** what it is built on; undefined for what must be the first */
  readonly base: Base | undefined
  /** what JSON can hold; undefined for a DELETE */
  readonly mine: unknown
  readonly headers: HeaderFields
  readonly wasMade: WasMade<T> | undefined
}

/** One thing to be written, the same in each try of it. */
export interface Writing<T> extends WriteRequest<T> {
  /** the own headers, and the condition */
  readonly fields: Headers
  readonly body: string | undefined
  /** a try of it may have been made that nobody heard of */
  doubt: boolean
  /** s that its answer may be kept back */
  wait?: number
}

/**
 * If-Match, or the version in the body where the page may read no entity tag; If-None-Match for what must be new.
 * Throws ERR_NO_VALIDATOR where there is nothing to name.
 */
export function prepare<T>(settings: Settings, request: WriteRequest<T>): Writing<T> {
  const { base, mine, method, url } = request
  const fields = new Headers(request.headers)
  const key = settings.newKey()
  if (key) fields.set('idempotency-key', `"${key}"`)
  let body = JSON.stringify(mine) as string | undefined
  // a form, a map or a function: JSON has nothing of them, and would replace what is there by nothing
  check(
    mine === undefined || (body ?? '{}') !== '{}' || {}.toString.call(mine) === '[object Object]',
    'body',
    'give JSON',
  )
  if (base?.etag !== undefined) fields.set('if-match', base.etag)
  else if (base !== undefined) {
    // what `toJSON` gives is what is sent, and so what carries the version
    const json = body ?? '{}'
    if (base.version === undefined || settings.bodyVersion === false || json[0] !== '{')
      throw noValidator(url)
    body = JSON.stringify({ ...JSON.parse(json), [settings.bodyVersion]: base.version })
  } else if (method === 'PUT') fields.set('if-none-match', '*')
  return { ...request, fields, body, doubt: false }
}

/** One try. Throws a ClientError where the write was not made, or nobody knows: `doubt` is set then. */
export async function send<T>(
  settings: Settings,
  writing: Writing<T>,
  signal: AbortSignal | undefined,
): Promise<Written<T>> {
  const left = settings.memory.leaves()
  try {
    const { method, base } = writing
    const request = { ...writing, headers: writing.fields, signal }
    const answer = await exchange(settings, request)
    if (!answer.ok) throw failure(request, answer)
    const url = method === 'POST' ? createdAt(writing.url, answer) : writing.url
    // the tag of an answer to a POST is that of what it created (§8.8.3), and of nothing that it does not name
    const state = url === undefined ? { url: writing.url } : baseOf(settings, url, answer)
    const told = method !== 'DELETE' && stateOf(state) !== undefined
    settings.memory.wrote(state.url, told ? state : undefined, base, left)
    return { ...state, status: answer.status, value: answer.body as T | undefined }
  } catch (error) {
    if (mayBeMade(error)) writing.doubt = true
    throw error
  }
}

/** Where a POST has created something: as Location says, but only within the API that was asked. */
function createdAt(url: string, { headers }: Answer): string | undefined {
  try {
    const { href } = new URL(headers.get('location') ?? url, url)
    return href !== url && href.startsWith(new URL('/', url).href) ? href : undefined
  } catch {
    return undefined
  }
}

/** Without a problem it is a gateway's word, and all but 425 and 429 may come after the request got through to the API. */
function mayBeMade(error: unknown): boolean {
  if (isPassing(error)) return ![425, 429].includes(error.status)
  return error instanceof ClientError && error.problem?.applied === 'unknown'
}

/** Problems after which the same request may be made: none of them says that the state has changed. */
const PASSING: readonly string[] = [
  'write-in-progress',
  'transaction-conflict',
  'store-unavailable',
  'outcome-unknown',
  'body-timeout',
]

/**
 * Whether the same request may be sent again. One that names the state it may change is made once at most, however
 * often it arrives (RFC 9110 §13.1.1); a POST could be made twice, unless the API says that it did nothing.
 */
export function mayRepeat<T>({ base, method }: Writing<T>, error: unknown): error is ClientError {
  const passes =
    isPassing(error) || (error instanceof ClientError && PASSING.includes(error.problem?.code ?? ''))
  return passes && (base !== undefined || method === 'PUT' || error.problem?.applied === 'no')
}

/** A conflict of versions that another try may not meet: not one over a tag that a proxy weakens each time. */
export function isConflict(error: unknown): error is ClientError {
  if (!(error instanceof ClientError)) return false
  const { code, problem, status } = error
  if (problem === undefined) return status === 409 || status === 412
  return code === 'version-conflict' && problem.reason !== 'gone' && problem.reason !== 'weak-validator'
}

/** Sends a write until an answer says what became of it. Throws what `Client` promises. */
export async function write<T>(
  settings: Settings,
  writing: Writing<T>,
  options: RetryOptions,
): Promise<Written<T>> {
  const { signal } = options
  try {
    return await retry(() => send(settings, writing, signal), {
      ...options,
      isConflict: (error) => mayRepeat(writing, error) && { afterMs: error.retryAfterMs },
    })
  } catch (error) {
    return outcome(settings, writing, error, signal)
  }
}

/** What became of a write that is not sent again: it was made after all, or the error says why not. */
export async function outcome<T>(
  settings: Settings,
  writing: Writing<T>,
  error: unknown,
  signal: AbortSignal | undefined,
): Promise<Written<T>> {
  const { url, headers, method, mine } = writing
  signal?.throwIfAborted()
  if (!(error instanceof ClientError)) throw error
  if (!writing.doubt && !(writing.wasMade && isConflict(error)))
    throw withVersions(error, { mine, theirs: shown(writing, error), ...error.versions })
  let theirs: Snapshot<T> | undefined
  try {
    // the URL of a collection says nothing of what was to be created in it
    if (method !== 'POST') theirs = await read<T>(settings, { url, headers, signal })
  } catch (cause) {
    if (method === 'DELETE' && isGone(cause)) return { url, status: 204, value: undefined }
  }
  if (theirs === undefined) throw unknownOutcome(writing, theirs, error)
  if (isMade(writing, theirs, error)) return { ...theirs, status: 200 }
  throw withVersions(error, { mine, theirs })
}

/** Whether a refused write was made all the same, by what is there now. Throws ERR_OUTCOME_UNKNOWN where that does not tell. */
export function isMade<T>(writing: Writing<T>, theirs: Snapshot<T>, error: unknown): boolean {
  const { base, method, mine, wasMade, doubt } = writing
  // where the state that it names still stands, the lost request may still be on its way
  if (wasMade !== undefined && method !== 'DELETE' && !isSame(base, theirs))
    return wasMade(theirs.value, mine)
  if (doubt) throw unknownOutcome(writing, theirs, error)
  return false
}

function unknownOutcome<T>(
  { method, url, mine }: Writing<T>,
  theirs: Snapshot<T> | undefined,
  cause: unknown,
): ClientError {
  return new ClientError('ERR_OUTCOME_UNKNOWN', `${method} ${url}: may have been made`, {
    versions: { mine, theirs },
    cause,
  })
}

/** What a conflict shows of the current state; undefined where it shows none. */
export function shown<T>({ url }: { url: string }, { problem }: ClientError): Snapshot<T> | undefined {
  const { etag, representation } = problem?.current ?? {}
  return etag === undefined || representation === undefined
    ? undefined
    : { url, etag, value: representation as T }
}

function isGone(error: unknown): boolean {
  return error instanceof ClientError && [404, 410].includes(error.status)
}

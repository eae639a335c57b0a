import type { Answer } from './answer.js'
import { ClientError } from './errors.js'
import { exchange, failure, type Exchange } from './exchange.js'
import type { Memory } from './memory.js'
import type { Settings } from './options.js'
import { noValidator, read, shown, versionIn } from './read.js'
import { retry, type RetryOptions } from './retry.js'
import { stateOf, type Base, type Snapshot, type Written } from './snapshot.js'

export interface WriteRequest extends Exchange {
  /** what the write is built on; undefined for one that must be the first */
  readonly base: Base | undefined
  /** one for each thing to be written, the same for each try of it */
  readonly key: string | undefined
  readonly retry: RetryOptions
}

/** 502 and 504 are the gateway's word: the request may have got through to the API. */
const NO_WORD: readonly number[] = [408, 502, 504]

/**
 * Sends a write until an answer says what became of it. The same request is safe to send again, for it names the
 * state it may change: at most one of them does. Where an answer was lost and a later try is refused, the
 * resource itself is asked whether it has what was sent.
 *
 * Throws a conflict as the API answered it, ERR_OUTCOME_UNKNOWN where nothing tells, ERR_NO_VALIDATOR.
 */
export async function write<T>(
  settings: Settings,
  memory: Memory,
  request: WriteRequest,
): Promise<Written<T>> {
  const { base, url, key } = request
  if (base !== undefined && stateOf(base) === undefined) throw noValidator(url)
  const complete = { ...request, ...conditional(settings, request) }
  if (key !== undefined) complete.headers.set('idempotency-key', `"${key}"`)
  const tries: { doubt: boolean; again: false | { readonly afterMs: number | undefined } } = {
    doubt: false,
    again: false,
  }
  try {
    return await retry(
      async ({ signal }) => {
        tries.again = false
        const left = memory.leaves()
        try {
          const answer = await exchange(settings, { ...complete, signal })
          if (answer.ok) return remember<T>(settings, memory, request, answer, left)
          tries.again = passes(request, answer) && { afterMs: answer.retryAfterMs }
          throw failure(complete, answer)
        } catch (error) {
          if (mayBeMade(error)) tries.doubt = true
          if (isLost(error)) tries.again = repeatable(request) && { afterMs: undefined }
          throw error
        }
      },
      { ...request.retry, isConflict: (outcome) => outcome instanceof Error && tries.again },
    )
  } catch (error) {
    if (!tries.doubt || request.signal?.aborted) throw error
    memory.forget(url)
    return await resolveDoubt<T>(settings, memory, request, error)
  }
}

/** If-Match, or the version in the body where the API shows no entity tag; If-None-Match for what must be new. */
function conditional(
  { bodyVersion }: Settings,
  { base, body, headers: own, method }: WriteRequest,
): { headers: Headers; body: unknown } {
  const headers = new Headers(own)
  if (base?.etag !== undefined) headers.set('if-match', base.etag)
  else if (base === undefined && method === 'PUT') headers.set('if-none-match', '*')
  else if (base !== undefined && bodyVersion !== false)
    return { headers, body: { ...(body as object | undefined), [bodyVersion]: base.version } }
  return { headers, body }
}

/** Problems after which the same request may be made: none of them says that the state has changed. */
const PASSING: readonly string[] = [
  'write-in-progress',
  'transaction-conflict',
  'store-unavailable',
  'outcome-unknown',
  'body-timeout',
]

function passes(request: WriteRequest, { status, problem, retryAfterMs }: Answer): boolean {
  const busy = status === 425 || status === 429 || (status === 503 && retryAfterMs !== undefined)
  const again = problem === undefined ? busy || NO_WORD.includes(status) : PASSING.includes(problem.code)
  return again && (repeatable(request) || problem?.applied === 'no')
}

function isLost(error: unknown): boolean {
  return error instanceof ClientError && error.code === 'ERR_NETWORK'
}

/** Whether the try that ended so may have been made all the same. */
function mayBeMade(error: unknown): boolean {
  if (!(error instanceof ClientError)) return false
  const { status, problem } = error
  return problem === undefined ? isLost(error) || NO_WORD.includes(status) : problem.applied === 'unknown'
}

/** A write without a condition may be made twice: only what says that nothing was applied is sent again. */
function repeatable({ base, method }: WriteRequest): boolean {
  return base !== undefined || method === 'PUT'
}

function remember<T>(
  settings: Settings,
  memory: Memory,
  { url, method, base }: WriteRequest,
  answer: Answer,
  left: number,
): Written<T> {
  // a creation by POST says where the new resource is; only within the API that was asked
  const location = method === 'POST' ? answer.headers.get('location') : null
  const created = location === null ? url : new URL(location, url).href
  const place = new URL(created).origin === new URL(url).origin ? created : url
  const etag = answer.headers.get('etag') ?? undefined
  const version = etag === undefined ? versionIn(settings, answer.body) : undefined
  const written = { url: place, status: answer.status, etag, version, value: answer.body as T | undefined }
  if (method === 'DELETE' || stateOf(written) === undefined) memory.forget(place)
  else memory.wrote(shown(settings, place, answer), base, left)
  return written
}

/** An answer was lost, and the state that the write named is not current any more: was it this write that changed it? */
async function resolveDoubt<T>(
  settings: Settings,
  memory: Memory,
  request: WriteRequest,
  error: unknown,
): Promise<Written<T>> {
  const { url, method, body, base, headers, signal } = request
  const unknown = (theirs: unknown, cause: unknown): ClientError =>
    new ClientError(
      'ERR_OUTCOME_UNKNOWN',
      `${method} ${url}: no answer came, and what is there now does not tell whether it was made`,
      { versions: { mine: body, theirs }, cause },
    )
  // the URL of a collection says nothing of what was to be created in it
  if (method === 'POST') throw unknown(undefined, error)
  let theirs: Snapshot<T>
  try {
    theirs = await read<T>(settings, memory, { url, headers, signal })
  } catch (cause) {
    const gone = cause instanceof ClientError && (cause.status === 404 || cause.status === 410)
    if (gone && method === 'DELETE') return { url, status: 204, value: undefined }
    throw unknown(undefined, gone ? error : cause)
  }
  // the state that the write named still stands, and the lost request may still be on its way
  if (base !== undefined && stateOf(theirs) === stateOf(base)) throw unknown(theirs.value, error)
  if (method !== 'DELETE' && includes(theirs.value, body, settings.bodyVersion))
    return { ...theirs, status: 200 }
  throw unknown(theirs.value, error)
}

/** Whether everything that was sent is in what is there; the API may have added members of its own. */
function includes(there: unknown, sent: unknown, besides: string | false): boolean {
  if (typeof sent !== 'object' || sent === null) return Object.is(there, sent)
  if (typeof there !== 'object' || there === null || Array.isArray(there) !== Array.isArray(sent))
    return false
  if (Array.isArray(sent) && (there as unknown[]).length !== sent.length) return false
  return Object.entries(sent).every(
    ([name, value]) =>
      name === besides ||
      value === undefined ||
      (Object.hasOwn(there, name) && includes((there as Record<string, unknown>)[name], value, false)),
  )
}

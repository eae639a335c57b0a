import { readAnswer, type Answer } from './answer.js'
import { ClientError } from './errors.js'
import type { HeaderFields, Settings } from './options.js'

export interface Exchange {
  readonly method: string
  /** absolute */
  readonly url: string
  readonly headers?: HeaderFields
  /** JSON; undefined sends no body */
  readonly body?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** s that the answer may be kept back (RFC 7240 §4.3) */
  readonly wait?: number | undefined
}

/** One request and its whole answer. Throws ERR_NETWORK where none came, and the signal's reason where that is why. */
export async function exchange(settings: Settings, request: Exchange): Promise<Answer> {
  const { method, url, body, signal } = request
  const { headers: own, credentials } = settings
  const headers = new Headers(typeof own === 'function' ? await own() : own)
  new Headers(request.headers).forEach((value, name) => headers.set(name, value))
  // behind those of the request: of a preference that is named twice the first counts (§2)
  if (request.wait !== undefined) headers.append('prefer', `wait=${request.wait}`)
  if (body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json')
  const limit = AbortSignal.timeout(settings.requestTimeout)
  const init = {
    method,
    headers,
    body,
    credentials,
    // what is known is kept here, and revalidated each time: a browser's cache in between could only be older
    cache: 'no-store',
    // an answer must not choose where credentials go, nor make the tag of one URL that of another: it is an error
    redirect: 'manual',
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  }
  try {
    const response = await settings.fetch(url, init as RequestInit)
    return await readAnswer(response)
  } catch (cause) {
    signal?.throwIfAborted()
    throw new ClientError('ERR_NETWORK', `${method} ${url}: no answer came`, { cause })
  }
}

/** An answer that is an error, as one. */
export function failure({ method, url }: Exchange, { status, problem, retryAfterMs }: Answer): ClientError {
  return new ClientError(
    problem?.code ?? 'ERR_STATUS',
    problem?.detail ?? `${method} ${url}: answered ${status}`,
    { status, problem, retryAfterMs },
  )
}

/** Statuses that pass without anybody's doing: too early, too many, a gateway that did not get through. */
const PASSING: readonly number[] = [408, 425, 429, 502, 503, 504]

/** Whether no answer came, or one of those that say nothing of the resource and pass. */
export function isPassing(error: unknown): error is ClientError {
  return (
    error instanceof ClientError &&
    error.problem === undefined &&
    (error.code === 'ERR_NETWORK' || PASSING.includes(error.status))
  )
}

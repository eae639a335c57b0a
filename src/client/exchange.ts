import { readAnswer, type Answer } from './answer.js'
import { ClientError } from './errors.js'
import type { HeaderFields, Settings } from './options.js'

export interface Exchange {
  readonly method: string
  /** absolute */
  readonly url: string
  readonly headers?: HeaderFields
  /** what JSON can hold; undefined sends no body */
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
}

/** One request and its whole answer. Throws ERR_NETWORK where none came, and the signal's reason where that is why. */
export async function exchange(settings: Settings, request: Exchange): Promise<Answer> {
  const { method, url, body, signal } = request
  const headers = new Headers(
    typeof settings.headers === 'function' ? await settings.headers() : settings.headers,
  )
  new Headers(request.headers).forEach((value, name) => headers.set(name, value))
  if (!headers.has('accept')) headers.set('accept', 'application/json, application/problem+json')
  if (body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json')
  const limit = AbortSignal.timeout(settings.requestTimeout)
  try {
    const init = {
      method,
      headers,
      // what is known is kept here, and revalidated each time: a cache in between could only be older
      cache: 'no-store' as const,
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(settings.credentials === undefined ? {} : { credentials: settings.credentials }),
    }
    const response = await settings.fetch(url, init)
    return await readAnswer(response)
  } catch (cause) {
    signal?.throwIfAborted()
    throw new ClientError('ERR_NETWORK', `${method} ${url}: no answer came`, { cause })
  }
}

/** An answer that is an error, as one. */
export function failure({ method, url }: Exchange, { status, problem }: Answer): ClientError {
  if (problem !== undefined) return new ClientError(problem.code, problem.detail, { status, problem })
  return new ClientError('ERR_STATUS', `${method} ${url}: answered with ${status}`, { status })
}

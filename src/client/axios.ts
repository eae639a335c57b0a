import { conflictOf } from './conflict.js'
import { isProblem, type ClientProblem } from './problem.js'
import { retry, type RetryOptions } from './retry.js'

/** What is used of an axios instance. */
export interface AxiosLike {
  request(config: object): Promise<unknown>
  readonly interceptors: {
    readonly response: { use(done: null, failed: (error: unknown) => Promise<unknown>): number }
  }
}

interface Config {
  readonly resent?: boolean
  readonly method?: string | undefined
  readonly data?: unknown
  readonly headers?: object | undefined
  readonly signal?: unknown
}

/** An error of axios, with the problem that its answer was, if it was one. */
export interface RefusedRequest {
  readonly config?: Config
  readonly response?: { readonly status: number; readonly data: unknown }
  problem?: ClientProblem
}

/** These say that nothing was done, and that the same request may be made in a moment. */
const PASSING: readonly unknown[] = [
  'write-in-progress',
  'transaction-conflict',
  'store-unavailable',
  425,
  429,
]
/** A gateway's 503 may come after a write got through to the API. */
const SAFE: readonly unknown[] = ['get', 'head', 'options']

/**
 * Lets an axios instance wait and send the same request again where the API says that it did nothing, and puts
 * `problem` on its errors. A conflict and a lost answer are passed on: only who made the change can make it again.
 * Returns the interceptor's id, for `eject`. Throws ERR_OPTION in the request for wrong bounds.
 */
export function retryInterceptor(axios: AxiosLike, bounds: RetryOptions = {}): number {
  const isConflict = (error: unknown): ReturnType<typeof conflictOf> => {
    // an answer comes here too, as other interceptors have made it
    const { config, response } = Object(error) as RefusedRequest
    const { data } = response ?? {}
    const passes =
      PASSING.includes(isProblem(data) ? data.code : response?.status) ||
      (response?.status === 503 && SAFE.includes(config?.method))
    return passes && conflictOf(error)
  }
  return axios.interceptors.response.use(null, async (thrown) => {
    const error = Object(thrown) as RefusedRequest
    const { config, response } = error
    if (isProblem(response?.data)) error.problem = response.data
    if (config === undefined || config.resent === true || isRead(config.data) || isConflict(thrown) === false)
      throw thrown
    const { signal } = config
    return retry(
      ({ number }) => (number === 1 ? Promise.reject(thrown as Error) : axios.request(again(config))),
      { ...(signal instanceof AbortSignal ? { signal } : {}), ...bounds, isConflict },
    )
  })
}

/** A stream gives its bytes once: sent again, it would be an empty body. */
function isRead(data: unknown): boolean {
  return typeof data === 'object' && data !== null && ('pipe' in data || 'getReader' in data)
}

/** The body is transformed already; of which length it is, axios says anew. */
function again(config: Config): object {
  const headers = Object.entries(config.headers ?? {}).filter(
    ([name]) => name.toLowerCase() !== 'content-length',
  )
  const transformRequest = [(data: unknown) => data]
  return { ...config, headers: Object.fromEntries(headers), transformRequest, resent: true }
}

/** For a write that is built on this answer: `axios.put(url, body, basedOn(answer))`. Throws TypeError without an ETag. */
export function basedOn(answer: { readonly headers: object }): { headers: { 'If-Match': string } } {
  const { etag } = answer.headers as { etag?: unknown }
  if (typeof etag !== 'string') throw new TypeError('basedOn: the answer has no ETag that this page may read')
  return { headers: { 'If-Match': etag } }
}

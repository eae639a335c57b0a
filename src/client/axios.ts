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

/** An error of axios, with the problem that its answer was, if it was one. */
export interface RefusedRequest {
  readonly config?: object & { readonly resent?: boolean }
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
  503,
]

/**
 * Lets an axios instance wait and send the same request again where the API says that it did nothing, and puts
 * `problem` on its errors. A conflict and a lost answer are passed on: only who made the change can make it again.
 * Returns the interceptor's id, for `eject`. Throws ERR_OPTION in the request for wrong bounds.
 */
export function retryInterceptor(axios: AxiosLike, bounds: RetryOptions = {}): number {
  const isConflict = (error: unknown): ReturnType<typeof conflictOf> => {
    const { response } = error as RefusedRequest
    const { data } = response ?? {}
    return PASSING.includes(isProblem(data) ? data.code : response?.status) && conflictOf(error)
  }
  return axios.interceptors.response.use(null, async (thrown) => {
    const error = thrown as RefusedRequest & Error
    const { config, response } = error
    if (isProblem(response?.data)) error.problem = response.data
    if (config === undefined || config.resent === true || isConflict(error) === false) throw error
    return retry(
      ({ number }) => (number === 1 ? Promise.reject(error) : axios.request({ ...config, resent: true })),
      { ...bounds, isConflict },
    )
  })
}

/** For a write that is built on this answer: `axios.put(url, body, basedOn(answer))`. Throws TypeError without an ETag. */
export function basedOn(answer: { readonly headers: object }): { headers: { 'If-Match': string } } {
  const { etag } = answer.headers as { etag?: unknown }
  if (typeof etag !== 'string') throw new TypeError('basedOn: the answer has no ETag that this page may read')
  return { headers: { 'If-Match': etag } }
}

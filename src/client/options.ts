import { check } from './errors.js'
import { Memory } from './memory.js'
import { readLimits, type RetryOptions } from './retry.js'

/** Header fields, as `new Headers()` takes them. */
export type HeaderFields = ConstructorParameters<typeof Headers>[0]

export interface ClientOptions extends RetryOptions {
  /** sends the requests; the global `fetch` */
  readonly fetch?: typeof fetch
  /** what relative URLs are relative to; the page's own address */
  readonly baseUrl?: string
  /** sent with every request, like an Authorization; a function is asked each time */
  readonly headers?: HeaderFields | (() => HeaderFields | Promise<HeaderFields>)
  /** `include` sends cookies to another origin; as `fetch` has it */
  readonly credentials?: 'omit' | 'same-origin' | 'include'
  /**
   * the member of the body that carries the version, for an API that has `bodyVersion`: used where the page may not
   * read the ETag, or there is none; `version`. `false` where no member is a version
   */
  readonly bodyVersion?: string | false
  /** ms that one request may take; 30000 */
  readonly requestTimeout?: number
  /** a text that no other write has, for Idempotency-Key; 128 random bits. `false` sends none */
  readonly idempotencyKey?: (() => string) | false
}

/** The options, read, and what is remembered. */
export interface Settings {
  readonly fetch: typeof fetch
  readonly baseUrl: string | undefined
  /** what URLs of the page's own origin begin with; nothing outside a page */
  readonly page: string
  readonly bodyVersion: string | false
  readonly requestTimeout: number
  readonly newKey: () => string | undefined
  readonly retry: RetryOptions
  readonly memory: Memory
  readonly headers: ClientOptions['headers']
  readonly credentials: ClientOptions['credentials']
}

/** Reads the options; throws ERR_OPTION. */
export function readOptions(options: ClientOptions): Settings {
  const page = globalThis as { fetch?: typeof fetch; location?: { href: string; origin: string } }
  const {
    fetch: send = page.fetch?.bind(page),
    baseUrl = page.location?.href,
    headers,
    credentials,
    bodyVersion = 'version',
    requestTimeout = 30_000,
    idempotencyKey = randomKey,
    ...limits
  } = options
  check(typeof send === 'function', 'fetch', 'give a function')
  check(bodyVersion === false || typeof bodyVersion === 'string', 'bodyVersion', 'give a member, or false')
  check(
    !idempotencyKey || typeof idempotencyKey === 'function',
    'idempotencyKey',
    'give a function, or false',
  )
  // of 32 bits, as a timer takes it
  check(requestTimeout > 0 && requestTimeout === ~~requestTimeout, 'requestTimeout', 'give whole ms')
  return {
    fetch: send,
    baseUrl,
    page: page.location ? `${page.location.origin}/` : '',
    bodyVersion,
    requestTimeout,
    newKey: idempotencyKey === false ? () => undefined : idempotencyKey,
    retry: readLimits(limits),
    memory: new Memory(),
    headers,
    credentials,
  }
}

/** Not `randomUUID`, which a page on plain http does not have. */
function randomKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-')
}

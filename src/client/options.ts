import { ClientError } from './errors.js'
import type { RetryOptions } from './retry.js'

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
  /** how many URLs are remembered; 500 */
  readonly remember?: number
  /** ms that one request may take; 30000 */
  readonly requestTimeout?: number
  /** a text that no other write has, for Idempotency-Key; `crypto.randomUUID` where it is to be had. `false` sends none */
  readonly idempotencyKey?: (() => string) | false
}

export type Settings = Required<
  Pick<ClientOptions, 'fetch' | 'bodyVersion' | 'requestTimeout' | 'remember'>
> &
  Pick<ClientOptions, 'headers' | 'credentials'> & {
    readonly newKey: () => string | undefined
    readonly base: string | undefined
    readonly retry: RetryOptions
  }

const NAMES =
  'fetch baseUrl headers credentials bodyVersion remember requestTimeout idempotencyKey attempts firstDelay maxDelay timeout signal'.split(
    ' ',
  )

/** Reads the options; throws ERR_OPTION. */
export function readOptions(options: ClientOptions): Settings {
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) throw wrong(name, `createClient takes ${NAMES.join(', ')}.`)
  }
  const {
    fetch: send = (globalThis as { fetch?: typeof fetch }).fetch?.bind(globalThis),
    baseUrl,
    bodyVersion = 'version',
    remember = 500,
    requestTimeout = 30_000,
    idempotencyKey = randomKey,
    headers,
    credentials,
    ...retry
  } = options
  if (typeof send !== 'function') throw wrong('fetch', 'hand over a function like fetch.')
  if (bodyVersion !== false && typeof bodyVersion !== 'string')
    throw wrong('bodyVersion', 'name a member of the body, or give false.')
  if (idempotencyKey !== false && typeof idempotencyKey !== 'function')
    throw wrong('idempotencyKey', 'give a function, or false.')
  if (!(remember >= 1)) throw wrong('remember', 'give a number, at least 1.')
  if (!(requestTimeout > 0)) throw wrong('requestTimeout', 'give milliseconds, more than 0.')
  return {
    fetch: send,
    base: baseUrl ?? (globalThis as { location?: { href: string } }).location?.href,
    bodyVersion,
    remember,
    requestTimeout,
    newKey: idempotencyKey === false ? () => undefined : idempotencyKey,
    retry,
    ...(headers === undefined ? {} : { headers }),
    ...(credentials === undefined ? {} : { credentials }),
  }
}

function wrong(option: string, fix: string): ClientError {
  return new ClientError('ERR_OPTION', `${option}: ${fix}`)
}

/** `randomUUID` is only there in secure contexts; a page on plain http has the other one. */
function randomKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('-')
}

import { optionError } from '../../core/errors.js'

export interface RaceOptions<Current = unknown> {
  /** the path that is read and written, `/articles/1` */
  readonly url: string
  /** `PUT` */
  readonly method?: string
  /** what writer `n` of a round sends, as JSON; `current`: what the read gave, parsed where it is JSON. Without it, nothing is sent */
  readonly body?: (n: number, current: Current) => unknown
  /** sent with every request, `{ authorization: … }` */
  readonly headers?: Readonly<Record<string, string>>
  /** the member of the JSON that is read which holds the version: it is sent back in the body, and no If-Match */
  readonly bodyVersion?: string
  /** how many write at once; 20 */
  readonly writers?: number
  /** how often; 5 */
  readonly rounds?: number
  /** whether connections are used again, as a proxy or a browser does; true */
  readonly keepAlive?: boolean
  /** ms that an answer may take; 10000 */
  readonly timeout?: number
}

export type CheckedOptions = Required<Omit<RaceOptions, 'body' | 'bodyVersion'>> &
  Pick<RaceOptions, 'body' | 'bodyVersion'>

const NAMES: readonly string[] = [
  'url',
  'method',
  'body',
  'headers',
  'bodyVersion',
  'writers',
  'rounds',
  'keepAlive',
  'timeout',
]

export function checkOptions(options: RaceOptions): CheckedOptions {
  for (const [name, value] of Object.entries(options)) {
    if (!NAMES.includes(name))
      throw optionError(name, value, `race takes ${NAMES.join(', ')}.`, 'ERR_OPTION_UNKNOWN')
  }
  const {
    url,
    method = 'PUT',
    headers = {},
    writers = 20,
    rounds = 5,
    keepAlive = true,
    timeout = 10_000,
  } = options
  if (!isPath(url)) throw optionError('url', url, 'Give a path, as /articles/1.')
  for (const [name, value, least] of [
    ['writers', writers, 2],
    ['rounds', rounds, 1],
    ['timeout', timeout, 1],
  ] as const) {
    if (!Number.isSafeInteger(value) || value < least)
      throw optionError(name, value, `Give a whole number from ${least}.`)
  }
  if (options.bodyVersion !== undefined && options.body === undefined)
    throw optionError('bodyVersion', options.bodyVersion, 'Give body too: the version is sent in it.')
  const { body, bodyVersion } = options
  return {
    url,
    method: method.toUpperCase(),
    headers,
    writers,
    rounds,
    keepAlive,
    timeout,
    ...(body && { body }),
    ...(bodyVersion !== undefined && { bodyVersion }),
  }
}

/** `//host/path` begins with a slash too, and names another host (RFC 3986 §4.2), as `/\\host` does to a URL parser. */
function isPath(url: unknown): boolean {
  if (typeof url !== 'string' || !url.startsWith('/') || !URL.canParse(url, NOWHERE)) return false
  return new URL(url, NOWHERE).origin === NOWHERE
}

/** no host has this name (RFC 6761 §6.4) */
const NOWHERE = 'http://nowhere.invalid'

import { optionError } from '../core/errors.js'
import type { MaybePromise } from '../core/ledger.js'
import type { ProbePlan, ProbeProgress } from './result.js'

export interface ProbeOptions {
  /** go with every request, such as `Authorization` */
  readonly headers?: Readonly<Record<string, string>>
  /** how a write is sent, `PUT` */
  readonly method?: 'PUT' | 'PATCH' | 'POST'
  /**
   * the JSON of a write, in which `{{n}}` becomes a number that no other write has, and `{{version}}` the version of
   * the state that it is built on. Left out, it is what was read, with one text changed
   */
  readonly body?: string
  /** the member whose text is changed; left out, the first that looks like one that may be */
  readonly field?: string
  /** the member of the body that carries the version, where the API has no ETag; left out, it is looked for by its usual names */
  readonly versionField?: string
  /** how many write at once, from 2 to 100; 20 */
  readonly writers?: number
  /** how often they do, from 1 to 100; 10 */
  readonly rounds?: number
  /** ms that an answer may take, 10,000 */
  readonly timeout?: number
  /** asked before the first write; nothing is written unless it answers true. Left out, it is agreed to */
  readonly confirm?: (plan: ProbePlan) => MaybePromise<boolean>
  readonly onProgress?: (progress: ProbeProgress) => void
  /** ends the probe early; what was changed is put back all the same */
  readonly signal?: AbortSignal
}

export interface Settings extends Required<Omit<ProbeOptions, 'body' | 'field' | 'versionField' | 'signal'>> {
  readonly url: URL
  readonly body: string | undefined
  readonly field: string | undefined
  readonly versionField: string | undefined
  readonly signal: AbortSignal | undefined
}

const KNOWN: readonly string[] = [
  'headers',
  'method',
  'body',
  'field',
  'versionField',
  'writers',
  'rounds',
  'timeout',
  'confirm',
  'onProgress',
  'signal',
]
const METHODS: readonly string[] = ['PUT', 'PATCH', 'POST']

/** Refuses what cannot work: ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID. */
export function readOptions(url: string | URL, options: ProbeOptions): Settings {
  for (const name of Object.keys(options)) {
    if (!KNOWN.includes(name))
      throw optionError(name, Reflect.get(options, name), `Take ${KNOWN.join(', ')}.`, 'ERR_OPTION_UNKNOWN')
  }
  const { method = 'PUT', writers = 20, rounds = 10, timeout = 10_000, headers = {} } = options
  if (!METHODS.includes(method)) throw optionError('method', method, `Take ${METHODS.join(', ')}.`)
  checkWhole('writers', writers, 2, 100)
  checkWhole('rounds', rounds, 1, 100)
  checkWhole('timeout', timeout, 1, 600_000)
  checkHeaders(headers)
  const { body, field, versionField, signal } = options
  for (const [name, text] of Object.entries({ field, versionField })) {
    if (text === '') throw optionError(name, text, 'Name a member of the JSON.')
  }
  if (body !== undefined) checkTemplate(body)
  return {
    url: readUrl(url),
    method,
    writers,
    rounds,
    timeout,
    headers,
    body,
    field,
    versionField,
    signal,
    confirm: options.confirm ?? (() => true),
    onProgress: options.onProgress ?? (() => undefined),
  }
}

function readUrl(given: string | URL): URL {
  const url = URL.canParse(String(given)) ? new URL(given) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw optionError(
      'url',
      String(given),
      'Give the whole address of one resource, http://localhost:3000/articles/1.',
    )
  if (url.username !== '' || url.password !== '')
    throw optionError('url', 'one with a password', 'Send it as a header, such as Authorization.')
  url.hash = ''
  return url
}

function checkWhole(name: string, value: unknown, least: number, most: number): void {
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return
  throw optionError(name, value, `Give a whole number from ${least} to ${most}.`)
}

function checkHeaders(headers: object): void {
  for (const [name, value] of Object.entries(headers)) {
    try {
      new Headers([[name, value as string]])
    } catch {
      // its value may be a secret
      throw optionError('headers', name, 'Give names and values that HTTP allows.')
    }
    if (['if-match', 'if-none-match', 'content-length', 'host', 'connection'].includes(name.toLowerCase()))
      throw optionError('headers', name, 'This one is up to the probe.')
  }
}

function checkTemplate(body: string): void {
  if (!body.includes('{{n}}'))
    throw optionError('body', body, 'Put {{n}} into one of its texts: every write must be unlike any other.')
  try {
    // it is a text, and no number
    JSON.parse(body.replaceAll('{{n}}', 'n-1').replaceAll('{{version}}', '1'))
  } catch {
    throw optionError('body', body, 'Give JSON, such as {"title":"probe {{n}}"}.')
  }
}

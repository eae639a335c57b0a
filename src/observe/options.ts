import type { Clock } from '../core/clock.js'
import { optionError } from '../core/errors.js'
import type { MaybePromise } from '../core/ledger.js'
import type { ExpressRequest } from '../express/express-types.js'

/**
 * A client. A text names it, and is shown in the report; `kind` is shown, and `id`, which tells one from another of
 * the same kind, is kept as a hash only.
 */
export type Who = string | { readonly kind: string; readonly id?: string | undefined }

export interface ReportOptions {
  /**
   * which client sent the request; undefined where nobody can say. Without it all are one, and no conflict of a client
   * with itself is told apart. It runs when the guard does: what is mounted behind that has not run yet
   */
  who?(req: ExpressRequest): Who | undefined
  /** how many routes, and how many clients, are counted by name; default 100 */
  readonly maxNames?: number
  /** how many findings (route, reason and client) are kept, each with up to `maxExamples`; default 200 */
  readonly maxFindings?: number
  /** default 3 */
  readonly maxExamples?: number
  /** of how many keys it is remembered who wrote the last versions; default 2,000 */
  readonly maxKeys?: number
  readonly clock?: Pick<Clock, 'date'>
}

export interface RouterOptions {
  /** who may read the report: true, and nothing that merely looks like it; all others get a 403 */
  authorize(req: ExpressRequest): MaybePromise<boolean>
}

interface Rule {
  readonly fits: (value: unknown) => boolean
  readonly fix: string
}

const isFunction = (value: unknown): boolean => typeof value === 'function'
const LARGEST = 100_000
const size = (from: number): Rule => ({
  fits: (value) => Number.isInteger(value) && Number(value) >= from && Number(value) <= LARGEST,
  fix: `Give a whole number from ${from} to ${LARGEST}.`,
})

export const REPORT_RULES: Readonly<Record<string, Rule>> = {
  who: { fits: isFunction, fix: 'Give a function (req) => string | { kind, id } | undefined.' },
  maxNames: size(1),
  maxFindings: size(1),
  maxExamples: size(0),
  maxKeys: size(1),
  clock: {
    fits: (value) => typeof value === 'object' && value !== null && isFunction(Reflect.get(value, 'date')),
    fix: 'Give { date: () => ms }, or leave it out for the system clock.',
  },
}

export const ENFORCE_RULES: Readonly<Record<string, Rule>> = {
  share: {
    fits: (value) => typeof value === 'number' && value >= 0 && value <= 1,
    fix: 'Give a number from 0 (nobody) to 1 (everybody), such as 0.1.',
  },
  who: { fits: isFunction, fix: 'Give a function (req) => string | undefined.' },
  salt: { fits: (value) => typeof value === 'string', fix: 'Give a text.' },
}

/** Throws `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` for the first that will not do; `name`: what they are given to. */
export function checkOptions(
  name: string,
  options: unknown,
  rules: Readonly<Record<string, Rule>>,
  needed: readonly string[] = [],
): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw optionError(`${name}(options)`, options, 'Give an object of options.')
  for (const [member, value] of Object.entries(options)) {
    if (value === undefined) continue
    const rule = Object.hasOwn(rules, member) ? rules[member] : undefined
    if (rule === undefined) {
      const fix = `There is no such option. Known are: ${Object.keys(rules).join(', ')}.`
      throw optionError(`${name}({ ${member} })`, value, fix, 'ERR_OPTION_UNKNOWN')
    }
    if (!rule.fits(value)) throw optionError(`${name}({ ${member} })`, value, rule.fix)
  }
  for (const member of needed)
    if (Reflect.get(options, member) === undefined)
      throw optionError(`${name}({ ${member} })`, undefined, rules[member]?.fix ?? '')
}

import { optionError } from '../core/errors.js'
import { CLAIM_RULES, GUARD_RULES, OPTION_RULES, type OptionRule } from './option-rules.js'

/** Throws the first thing that is wrong with the options: which, what it is, and what to write instead. */
export function validateOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw optionError('ifMatch(options)', options, 'Give an object of options.')
  const given = validateEach(options, OPTION_RULES, (name, value, known) =>
    optionError(
      `ifMatch({ ${name} })`,
      value,
      `There is no such option. Known are: ${known}.`,
      'ERR_OPTION_UNKNOWN',
    ),
  )
  const claim = given.get('claim')
  if (typeof claim === 'object' && claim !== null) {
    validateEach(
      claim,
      CLAIM_RULES,
      (name, value, known) =>
        optionError(`claim.${name}`, value, `There is no such member. Known are: ${known}.`),
      'claim.',
    )
  }
  validateTogether(given)
}

/** The same for those of one route; `method`: what they were given to. */
export function validateGuardOptions(method: string, options: unknown): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw optionError(`${method}(options)`, options, 'Give an object of options.')
  validateEach(options, GUARD_RULES, (name, value, known) =>
    optionError(
      `${method}({ ${name} })`,
      value,
      `There is no such option. Known are: ${known}.`,
      'ERR_OPTION_UNKNOWN',
    ),
  )
}

/** Each option by its rule; one that is undefined was not given. */
function validateEach(
  options: object,
  rules: Readonly<Record<string, OptionRule>>,
  unknown: (name: string, value: unknown, known: string) => Error,
  prefix = '',
): ReadonlyMap<string, unknown> {
  const given = new Map(Object.entries(options).filter(([, value]) => value !== undefined))
  for (const [name, value] of given) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (rule === undefined) throw unknown(name, value, Object.keys(rules).join(', '))
    if (!rule.schema.safeParse(value).success) throw optionError(`${prefix}${name}`, value, rule.fix)
  }
  return given
}

function validateTogether(given: ReadonlyMap<string, unknown>): void {
  const conflict = (option: string, fix: string) => {
    throw optionError(option, given.get(option), fix, 'ERR_OPTIONS_CONFLICT')
  }
  if (given.has('table') && given.has('ledger'))
    conflict('table', 'Give either `ledger` or `table`: exactly one thing counts the versions.')
  if (given.has('table') && given.has('current'))
    conflict('current', 'Give either `table` or `current`: exactly one thing knows the version.')
  if (given.has('version') && !given.has('current'))
    conflict('version', 'It says where the version is in the row that `current` finds: give `current` too.')
  if (given.has('stale') && !given.has('current'))
    conflict('stale', 'It says which errors are about the row that `current` finds: give `current` too.')
  if (given.has('represent') && !given.has('table') && !given.has('current')) {
    conflict(
      'represent',
      'A ledger has no rows to show: give `table` or `current`, or leave `represent` out.',
    )
  }
  if (given.get('reveal') === 'representation' && !given.has('represent')) {
    conflict('reveal', 'Give `represent` too, which says what of the row may be shown.')
  }
  if (given.has('params') && typeof given.get('key') !== 'string') {
    conflict('params', "It normalises the parameters of a key template: give `key` as 'articles/:id'.")
  }
  if (given.has('table') && !given.has('key'))
    conflict('table', "Give `key` too, as 'orders/:id': it says which part of the path is the row's id.")
  if (given.has('moves') && given.has('table'))
    conflict('moves', 'A table has no other keys to move: write the other rows in `write.transaction`.')
}

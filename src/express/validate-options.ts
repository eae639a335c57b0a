import { z } from 'zod'
import { optionError } from '../core/errors.js'

const aFunction = (fix: string) =>
  z.custom<(...args: never[]) => unknown>((value) => typeof value === 'function', fix)
const milliseconds = (what: string) =>
  z
    .number(`Give ${what} in ms, as a number above 0.`)
    .positive(`Give ${what} in ms, as a number above 0.`)
    .finite()
const storeWith = (methods: readonly string[], fix: string) =>
  z.custom<object>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      methods.every((name) => typeof Reflect.get(value, name) === 'function'),
    fix,
  )

const shape = {
  ledger: storeWith(
    ['get', 'getMany', 'compareAndSwap'],
    'Give a ledger, such as memoryLedger() or sqliteLedger(db).',
  ),
  table: storeWith(
    ['find', 'update', 'insert', 'delete', 'versionOf'],
    'Give a table, such as sqliteTable(db, { name, columns }).',
  ),
  current: aFunction('Give a function (req) => row, or a promise of one.'),
  version: z.union(
    [z.string().min(1), aFunction('')],
    "Name the row's version member, or give a function (row) => version.",
  ),
  key: z.union(
    [z.string().min(1), aFunction('')],
    "Give a template such as 'articles/:id', or a function (req) => string.",
  ),
  params: storeWith(['safeParse'], 'Give a zod object, such as z.object({ id: z.coerce.number().int() }).'),
  required: z.boolean('Give true or false.'),
  bodyVersion: z.union([z.literal(false), z.string().min(1)], 'Name the member of the body, or give false.'),
  status: z.union([z.literal(409), z.literal(412), z.literal('auto')], "Give 409, 412 or 'auto'."),
  mode: z.enum(['enforce', 'observe'], "Give 'enforce' or 'observe'."),
  authorize: aFunction('Give a function (req) => boolean, or a promise of one.'),
  represent: aFunction('Give a function (row) => JSON.'),
  reveal: z.enum(['nothing', 'version', 'representation'], "Give 'nothing', 'version' or 'representation'."),
  weakTags: z.enum(['reject', 'accept'], "Give 'reject' or 'accept'."),
  claim: z.strictObject(
    {
      lease: milliseconds('the lease').optional(),
      wait: z.number('Give the wait in ms, 0 or more.').min(0, 'Give the wait in ms, 0 or more.').optional(),
      max: milliseconds('the longest claim').optional(),
      body: milliseconds('the time for the body').optional(),
      remaining: aFunction('Give a function (req) => ms.').optional(),
    },
    'Give { lease, wait, max, body, remaining }, in ms.',
  ),
  respond: z.union(
    [z.enum(['problem', 'next']), aFunction('')],
    "Give 'problem', 'next', or a function (error, req, res, next).",
  ),
  moves: aFunction('Give a function (req) => keys.'),
  clock: storeWith(
    ['now', 'date', 'after'],
    'Give { now, date, after }, or leave it out for the system clock.',
  ),
} as const

/** Throws the first thing that is wrong with the options: which, what it is, and what to write instead. */
export function validateOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null)
    throw optionError('ifMatch(options)', options, 'Give an object of options.')
  const given = new Map(Object.entries(options).filter(([, value]) => value !== undefined))
  for (const [name, value] of given) {
    if (!Object.hasOwn(shape, name)) {
      throw optionError(
        `ifMatch({ ${name} })`,
        value,
        `There is no such option. Known are: ${Object.keys(shape).join(', ')}.`,
        'ERR_OPTION_UNKNOWN',
      )
    }
    const checked = shape[name as keyof typeof shape].safeParse(value)
    const issue = checked.error?.issues[0]
    if (issue !== undefined)
      throw optionError([name, ...issue.path].join('.'), atPath(value, issue.path), issue.message)
  }
  validateTogether(given)
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

function atPath(value: unknown, path: readonly PropertyKey[]): unknown {
  let part = value
  for (const name of path)
    part = typeof part === 'object' && part !== null ? (Reflect.get(part, name) as unknown) : undefined
  return part
}

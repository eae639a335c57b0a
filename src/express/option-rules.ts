import { z } from 'zod'

/** What an option may be, and what a message says where it is not. */
export interface OptionRule {
  readonly schema: z.ZodType
  readonly fix: string
}

const rule = (schema: z.ZodType, fix: string): OptionRule => ({ schema, fix })
const aFunction = z.custom<(...args: never[]) => unknown>((value) => typeof value === 'function')
const aName = z.string().min(1)

const objectWith = (methods: readonly string[], texts: readonly string[] = []) =>
  z.custom<object>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      methods.every((name) => typeof Reflect.get(value, name) === 'function') &&
      texts.every((name) => typeof Reflect.get(value, name) === 'string'),
  )

/** ms: a timer of Node that is set to more fires at once */
const LONGEST_TIMER = 2 ** 31 - 1

const milliseconds = (what: string) =>
  rule(
    z.number().positive().max(LONGEST_TIMER),
    `Give ${what} in ms, as a number above 0 and at most ${LONGEST_TIMER}.`,
  )

export const OPTION_RULES: Readonly<Record<string, OptionRule>> = {
  ledger: rule(
    objectWith(['get', 'getMany', 'compareAndSwap'], ['name', 'epoch']),
    'Give a ledger, such as memoryLedger() or sqliteLedger(db); await it first where it comes as a promise.',
  ),
  table: rule(
    objectWith(['find', 'update', 'insert', 'delete', 'versionOf', 'isVersion'], ['name', 'versionColumn']),
    'Give a table, such as sqliteTable(db, { name, columns }); await it first where it comes as a promise.',
  ),
  current: rule(aFunction, 'Give a function (req) => row, or a promise of one.'),
  version: rule(
    z.union([aName, aFunction]),
    "Name the row's version member, or give a function (row) => version.",
  ),
  stale: rule(aFunction, 'Give a function (error) => boolean.'),
  key: rule(
    z.union([aName, aFunction]),
    "Give a template such as 'articles/:id', or a function (req) => string.",
  ),
  params: rule(
    objectWith(['safeParse']),
    'Give a zod object, such as z.object({ id: z.coerce.number().int() }).',
  ),
  required: rule(z.boolean(), 'Give true or false.'),
  bodyVersion: rule(z.union([z.literal(false), aName]), 'Name the member of the body, or give false.'),
  status: rule(z.literal([409, 412, 'auto']), "Give 409, 412 or 'auto'."),
  mode: rule(
    z.union([z.enum(['enforce', 'observe']), aFunction]),
    "Give 'enforce', 'observe', or a function (req) => one of them.",
  ),
  authorize: rule(aFunction, 'Give a function (req) => boolean, or a promise of one.'),
  represent: rule(aFunction, 'Give a function (row) => JSON.'),
  reveal: rule(
    z.enum(['nothing', 'version', 'representation']),
    "Give 'nothing', 'version' or 'representation'.",
  ),
  weakTags: rule(z.enum(['reject', 'accept']), "Give 'reject' or 'accept'."),
  claim: rule(
    z.record(z.string(), z.unknown()),
    'Give an object { lease, wait, max, body, remaining }, in ms.',
  ),
  respond: rule(
    z.union([z.enum(['problem', 'next']), aFunction]),
    "Give 'problem', 'next', or a function (error, req, res, next).",
  ),
  moves: rule(aFunction, 'Give a function (req) => keys.'),
  clock: rule(
    objectWith(['now', 'date', 'after']),
    'Give { now, date, after }, or leave it out for the system clock.',
  ),
}

export const CLAIM_RULES: Readonly<Record<string, OptionRule>> = {
  lease: milliseconds('the lease'),
  wait: rule(z.number().min(0).max(LONGEST_TIMER), 'Give the wait in ms, 0 or more.'),
  max: milliseconds('the longest claim'),
  body: milliseconds('the time for the body'),
  remaining: rule(aFunction, 'Give a function (req) => ms.'),
}

/** Of `guard()` and `wrap()`. */
export const GUARD_RULES: Readonly<Record<string, OptionRule>> = {
  required: rule(z.boolean(), 'Give true or false.'),
  mode: OPTION_RULES['mode'] as OptionRule,
  transaction: rule(z.boolean(), 'Give true or false.'),
}

import type { Problem, ProblemCode } from './problem.js'

/** Mistakes in the application's own code or configuration; each has a section in `docs/errors.md`. */
export type MistakeCode =
  | 'ERR_OPTION_UNKNOWN'
  | 'ERR_OPTION_INVALID'
  | 'ERR_OPTIONS_CONFLICT'
  | 'ERR_TABLE_GUARD'
  | 'ERR_KEY_MISMATCH'
  | 'ERR_KEY_INVALID'
  | 'ERR_BODY_NOT_PARSED'
  | 'ERR_BODY_VERSION_TAKEN'
  | 'ERR_NOT_WRITTEN'
  | 'ERR_NO_PRECONDITION'
  | 'ERR_WRITE_UNSUPPORTED'
  | 'ERR_COLUMN_UNKNOWN'
  | 'ERR_VERSION_INVALID'
  | 'ERR_VERSION_UNMOVED'
  | 'ERR_TRANSACTION_ASYNC'
  | 'ERR_STORE_SCHEMA'
  | 'ERR_STORE_TIMEOUT'
  | 'ERR_STORE_FULL'
  | 'ERR_ANSWER_LOST'
  | 'ERR_AUTHORIZE_MISSING'

export type ErrorCode = MistakeCode | ProblemCode

/**
 * The one error of this library. Tell its causes apart by `code`, never by `instanceof`: an application may
 * load the ESM and the CommonJS build at once.
 *
 * `status` and `headers` are what Express's own default error handler answers with, so that a refusal is
 * right even where `problems()` is not mounted. `problem` is there when the cause is a request and not a mistake.
 */
export class IfMatchError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly problem?: Problem

  /** the same as `status`, by the name that Nest and others look for */
  get statusCode(): number {
    return this.status
  }

  constructor(code: MistakeCode, message: string, options?: ErrorOptions)
  constructor(problem: Problem, headers: Readonly<Record<string, string>>, options?: ErrorOptions)
  constructor(
    subject: MistakeCode | Problem,
    detail: string | Readonly<Record<string, string>>,
    options?: ErrorOptions,
  ) {
    super(typeof detail === 'string' ? detail : (subject as Problem).detail, options)
    this.name = 'IfMatchError'
    if (typeof subject === 'string') {
      this.code = subject
      this.status = 500
      this.headers = {}
    } else {
      this.code = subject.code
      this.status = subject.status
      this.headers = detail as Readonly<Record<string, string>>
      this.problem = subject
    }
  }
}

/** A mistake found while options are read: which option, what it was, and what to write instead. */
export function optionError(
  option: string,
  value: unknown,
  fix: string,
  code: MistakeCode = 'ERR_OPTION_INVALID',
): IfMatchError {
  return new IfMatchError(code, `${option}: ${show(value)} will not do. ${fix} (${code}, see docs/errors.md)`)
}

/** A value as a message may show it: short, on one line, never a whole connection or a secret within it. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? `an array of ${value.length}` : 'an object'
  return String(value)
}

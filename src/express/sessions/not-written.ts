import { IfMatchError } from '../../core/errors.js'

/**
 * A handler that must write through its handle answered 2xx and did not: nothing was protected. Outside
 * production its answer is replaced by this error; in production it is reported, each time.
 */
export function notWritten(key: string, how: string): IfMatchError | undefined {
  const error = new IfMatchError(
    'ERR_NOT_WRITTEN',
    `the handler for ${key} answered with success and wrote nothing through ${how}. Write through the handle, or call write.unchanged() or write.conflict() (ERR_NOT_WRITTEN, see docs/errors.md)`,
  )
  if (process.env['NODE_ENV'] !== 'production') return error
  process.emitWarning(error.message, { type: 'IfMatchWarning', code: error.code })
  return undefined
}

import { optionError } from '../../core/errors.js'

/** Refuses options that are no object, or that `of` does not know: a misspelt option would be silently without effect. */
export function checkOptions(of: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw optionError(`${of} options`, options, `Give ${of} an object, or nothing at all.`)
  }
  for (const [option, value] of Object.entries(options)) {
    if (known.includes(option)) continue
    throw optionError(option, value, `${of} knows ${known.join(', ')}.`, 'ERR_OPTION_UNKNOWN')
  }
}

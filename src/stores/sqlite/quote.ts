import { optionError } from '../../core/errors.js'

/** A table's or column's name as an identifier of SQL, whatever characters it has. */
export function quoted(option: string, name: unknown): string {
  if (typeof name !== 'string' || name === '' || name.includes('\0')) {
    throw optionError(option, name, 'Name it with a text that is not empty and has no NUL in it.')
  }
  return `"${name.replaceAll('"', '""')}"`
}

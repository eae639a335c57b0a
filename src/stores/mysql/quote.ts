import { optionError } from '../../core/errors.js'

/** characters; MySQL refuses a longer name of a database, a table, a column or a trigger */
export const LONGEST_NAME = 64

/** A name as an identifier of SQL, whatever characters it has, and whatever ANSI_QUOTES says. */
export function quoted(option: string, name: unknown): string {
  // MySQL has no names beyond the Basic Multilingual Plane, and none that end with a space
  if (typeof name !== 'string' || name === '' || /[\0\p{Surrogate}\u{10000}-\u{10ffff}]| $/u.test(name)) {
    const fix =
      'Name it with a text that is not empty, has no NUL and nothing beyond U+FFFF in it, and no space at its end.'
    throw optionError(option, name, fix)
  }
  if (name.length > LONGEST_NAME)
    throw optionError(option, name, `MySQL takes names of up to ${LONGEST_NAME} characters.`)
  return `\`${name.replaceAll('`', '``')}\``
}

/** A table's name with its database, where one is given; else it is one of the connection's database. */
export function qualified(schema: unknown, option: string, table: unknown): string {
  const name = quoted(option, table)
  return schema === undefined ? name : `${quoted('schema', schema)}.${name}`
}

import { optionError } from '../../core/errors.js'

/** bytes; PostgreSQL cuts a longer identifier, and two names could become one */
const LONGEST = 63

/** A name as an identifier of SQL, whatever characters it has. */
export function quoted(option: string, name: unknown): string {
  if (typeof name !== 'string' || name === '' || /[\0\p{Surrogate}]/u.test(name)) {
    const fix = 'Name it with a text that is not empty, has no NUL in it, and is well-formed Unicode.'
    throw optionError(option, name, fix)
  }
  if (Buffer.byteLength(name) > LONGEST)
    throw optionError(option, name, `PostgreSQL cuts names at ${LONGEST} bytes; give a shorter one.`)
  return `"${name.replaceAll('"', '""')}"`
}

/** A table's name with its schema, where one is given; else it is looked for along the search_path. */
export function qualified(schema: unknown, option: string, table: unknown): string {
  const name = quoted(option, table)
  return schema === undefined ? name : `${quoted('schema', schema)}.${name}`
}

/** How a column of moments is read, compared and moved on, whatever the time zones of session and client are. */
export interface MomentSql {
  /** an expression whose text `textOf` reads */
  readonly shown: (column: string) => string
  /** as `Date.toISOString()` writes it, or with microseconds */
  readonly textOf: (shown: string) => string
  /** what is compared with a `literal` */
  readonly compared: (column: string) => string
  readonly literal: (version: string) => string
  readonly now: string
  /** the next moment after the one in `column`, and not before now */
  readonly after: (column: string) => string
}

const UNITS: Readonly<Record<number, string>> = { 0: '1 SECOND', 3: '1000 MICROSECOND', 6: '1 MICROSECOND' }

/** A DATETIME has no zone: it holds UTC. */
export function datetimeSql(digits: number): MomentSql {
  const now = `UTC_TIMESTAMP(${digits})`
  return {
    shown: (column) => `DATE_FORMAT(${column}, '%Y-%m-%dT%H:%i:%s.%fZ')`,
    // it shows six digits always
    textOf: (shown) => (digits === 6 ? shown : shown.replace(/\d{3}Z$/, 'Z')),
    compared: (column) => column,
    literal: (version) => `TIMESTAMP'${version.replace('T', ' ').replace('Z', '')}'`,
    now,
    after: (column) => after(column, now, digits),
  }
}

/**
 * A TIMESTAMP is a moment, which the session's zone turns into a local time and back wherever it is shown or assigned.
 * UNIX_TIMESTAMP alone has it as it is. To assign it is safe in a zone that has no hour twice (see table-columns.ts).
 */
export function timestampSql(digits: number): MomentSql {
  const now = `NOW(${digits})`
  return {
    shown: (column) => `CAST(UNIX_TIMESTAMP(${column}) AS CHAR)`,
    textOf(shown) {
      const [seconds = '', fraction = ''] = shown.split('.')
      const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
      return `${text}.${fraction.padEnd(digits === 6 ? 6 : 3, '0')}Z`
    },
    compared: (column) => `UNIX_TIMESTAMP(${column})`,
    literal: (version) => `${Date.parse(`${version.slice(0, 19)}Z`) / 1000}${version.slice(19, -1)}`,
    now,
    after: (column) => after(column, now, digits),
  }
}

function after(column: string, now: string, digits: number): string {
  return `IF(${column} < ${now}, ${now}, ${column} + INTERVAL ${UNITS[digits] ?? ''})`
}

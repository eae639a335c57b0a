import { randomUUID } from 'node:crypto'
import type { PredicateDialect } from '../sql/predicate.js'
import { FIRST_OF_CLOCK, type TableShape } from '../sql/table-shape.js'
import { whole } from '../sql/whole.js'
import { wholeRange, type Column } from './describe.js'
import { schemaMistake } from './errors.js'
import { hex, text } from './literal.js'
import { datetimeSql, timestampSql, type MomentSql } from './moment-sql.js'

/** How one version column is read, compared and moved on, in expressions over a row of its table. */
export interface VersionSql {
  /** an expression whose text `textOf` reads, whatever the client is set to */
  readonly shown: string
  readonly textOf: (shown: string) => string
  /** whether there is a version to move on from: NULL + 1 is NULL */
  readonly counted: string
  readonly next: () => string
  /** the first version of a row that is inserted; throws ERR_STORE_SCHEMA where the column has no room for it */
  readonly first: () => string
  readonly predicates: PredicateDialect
}

/** the server's clock in microseconds: above any version of an earlier row of the same id, whoever inserted that one */
export const START_OF_LIFE = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(6))"

/**
 * The count after this one; where that began at the clock, the clock again. An application's own goes on by one, for its
 * column may have no room for more. Without a binary log InnoDB shows a commit
 * before it is on disk, and a server that crashes between the two takes back what others have read: counted on from
 * what is left, its version would be given to another state (P2).
 */
export function nextCount(version: string): string {
  return `GREATEST(${version} + 1, IF(${version} < ${FIRST_OF_CLOCK}, 0, ${START_OF_LIFE}))`
}

/** `start`: whether the application gives the first versions. */
export function versionSql(shape: TableShape, column: Column, start: boolean): VersionSql {
  switch (shape.rule.kind) {
    case 'integer':
      return integerSql(shape, column, start)
    case 'uuid':
      return uuidSql(shape.version, column)
    case 'timestamp': {
      const { digits } = shape.rule
      const moment = column.type.startsWith('timestamp') ? timestampSql : datetimeSql
      return momentVersionSql(shape.version, moment(digits))
    }
  }
}

/** the most that a version is; of an unsigned bigint the upper half is none */
const MOST = 2n ** 63n - 1n

function integerSql(shape: TableShape, column: Column, given: boolean): VersionSql {
  const { version } = shape
  const room = wholeRange(column)?.[1] ?? MOST
  // without strict mode a column that is full would stay as it is, and the version with it
  const most = room < MOST ? room : MOST
  return {
    // without the zeros in front that ZEROFILL shows
    shown: `CAST(${version} + 0 AS CHAR)`,
    textOf: (shown) => shown,
    counted: `${version} >= 0 AND ${version} < ${most}`,
    next: () => nextCount(version),
    first() {
      const count = given ? shape.start() : undefined
      if (count === undefined ? room < MOST : BigInt(count) > most) throw noRoom(shape.name, column)
      return count === undefined ? START_OF_LIFE : whole(count)
    },
    predicates: {
      listed: among(
        version,
        (count) => count,
        undefined,
        (count) => BigInt(count) < most,
      ),
    },
  }
}

function noRoom(table: string, { type }: Column): Error {
  const what = `its version column is a ${type}, which has no room for the version of a new row. Make it a BIGINT, for the clock in microseconds, or let \`start\` give fewer`
  return schemaMistake(table, what)
}

function uuidSql(version: string, { type }: Column): VersionSql {
  const octets = type === 'binary(16)'
  const stored = (uuid: string): string =>
    octets ? hex(Buffer.from(uuid.replaceAll('-', ''), 'hex')) : text(uuid)
  const compared = octets ? version : `CAST(LOWER(CONVERT(${version} USING utf8mb4)) AS BINARY)`
  return {
    shown: octets ? `HEX(${version})` : `CAST(${version} AS CHAR)`,
    textOf(shown) {
      // of a version there is one spelling only
      const uuid = shown.toLowerCase()
      return octets ? uuid.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') : uuid
    },
    counted: `${version} IS NOT NULL`,
    next: () => stored(randomUUID()),
    first: () => stored(randomUUID()),
    predicates: { listed: among(compared, (uuid) => (octets ? stored(uuid) : hex(uuid))) },
  }
}

function momentVersionSql(
  version: string,
  { shown, textOf, compared, literal, now, after }: MomentSql,
): VersionSql {
  return {
    shown: shown(version),
    textOf,
    counted: `${version} IS NOT NULL`,
    next: () => after(version),
    first: () => now,
    predicates: {
      listed: among(compared(version), literal, (moment) => moment >= FIRST_YEAR),
      before: (ms) => ({
        sql: `${compared(version)} < ${literal(new Date(inRange(ms)).toISOString())}`,
        params: [],
      }),
    },
  }
}

/** The years that MySQL is sure to have; no row has a version of another one. */
const FIRST_YEAR = '1000'
const LAST_MOMENT = Date.UTC(9999, 11, 31, 23, 59, 59)

function inRange(ms: number): number {
  return Math.min(Math.max(ms, Date.parse(FIRST_YEAR)), LAST_MOMENT)
}

/** `movesOn`: whether there is a version after this one. */
function among(
  compared: string,
  literal: (version: string) => string,
  canBe: (version: string) => boolean = () => true,
  movesOn: (version: string) => boolean = () => true,
): PredicateDialect['listed'] {
  return (negated, versions) => {
    const literals = versions.filter(canBe).map(literal).join(', ')
    if (literals === '') return { sql: negated ? '1 = 1' : '1 = 0', params: [] }
    const counted = !negated && versions.every(movesOn)
    return { sql: `${compared} ${negated ? 'NOT IN' : 'IN'} (${literals})`, params: [], counted }
  }
}

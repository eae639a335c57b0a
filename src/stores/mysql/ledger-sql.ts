import type { Swap, SwapFrom } from '../../core/ledger.js'
import type { Existence } from '../../core/record.js'
import { storedKey } from '../sql/stored-key.js'
import { whole } from '../sql/whole.js'
import { hex, octetsOrNull, text } from './literal.js'

/** bytes of a key that are stored as they are; an index of InnoDB has room for 767 in every row format */
export const LONGEST_KEY = 700

/** A key as a literal: octets, which no collation makes equal to others. */
function keyLiteral(key: string): string {
  return hex(storedKey(key, LONGEST_KEY))
}

/**
 * Now, in UTC whatever the session's time zone is. UTC_TIMESTAMP is the moment the statement began, which a wait for a
 * lock may have put long ago; the time since then is that of SYSDATE less that of NOW, both in the session's zone.
 * Where that makes no sense, for the zone changed its offset meanwhile, the wait is left out.
 */
const SINCE = 'TIMESTAMPDIFF(MICROSECOND, NOW(6), SYSDATE(6))'
const CLOCK = `(UTC_TIMESTAMP(6) + INTERVAL IF(${SINCE} BETWEEN 0 AND 1200000000, ${SINCE}, 0) MICROSECOND)`

/** rounded up: a claim never ends before its time */
const REMAINING = `(TIMESTAMPDIFF(MICROSECOND, ${CLOCK}, \`expires\`) + 999) DIV 1000 AS \`remaining\``

const asText = (column: string): string => `CONVERT(\`${column}\` USING utf8mb4) AS \`${column}\``

const RECORD = `${asText('key')}, \`count\`, ${asText('existence')}, \`fence\`, ${asText('token')}, \`beat\`, \`lease\`, ${REMAINING}, \`doubtful\`, ${asText('settled')}`

/** The statements of one ledger, for one step each. */
export interface LedgerSql {
  read(key: string): string
  readMany(keys: readonly string[]): string
  /** what is committed last, and stays so until this transaction ends; `matches` says whether `from` is what is stored */
  lock(key: string, from: SwapFrom): string
  /**
   * a row that says what is known of an unseen key. Without it, FOR UPDATE would lock the gap where it belongs, and
   * with it all other new keys there
   */
  prepare(key: string): string
  /** `tell`: LAST_INSERT_ID is `codeOf` the record that the swap found, see `toldBy` */
  swap(key: string, swap: Swap, tell: boolean): string
  /** the first swap of a key, where nobody else was first */
  insert(key: string, swap: Swap): string
}

export function ledgerSql(table: string): LedgerSql {
  const one = (key: string): string => `WHERE \`key\` = ${keyLiteral(key)}`
  return {
    read: (key) => `SELECT ${RECORD} FROM ${table} ${one(key)}`,
    readMany: (keys) =>
      `SELECT ${RECORD} FROM ${table} WHERE \`key\` IN (${keys.map(keyLiteral).join(', ')})`,
    lock: (key, from) =>
      `SELECT ${RECORD}, (${matches(from)}) AS \`matches\` FROM ${table} ${one(key)} FOR UPDATE`,
    prepare: (key) =>
      `INSERT INTO ${table} (\`key\`, \`count\`, \`existence\`, \`fence\`, \`beat\`, \`lease\`, \`doubtful\`) VALUES (${keyLiteral(key)}, 0, 'unknown', 0, 0, 0, 0) ON DUPLICATE KEY UPDATE \`count\` = \`count\``,
    swap(key, swap, tell) {
      const fence = `${tell ? `(LAST_INSERT_ID(${CODE}) - 1) DIV 8` : '`fence`'} + ${swap.to.raiseFence ? 1 : 0}`
      // the fence first: what has been assigned is what a later expression reads
      const sets = Object.entries({ fence, ...changes(swap) })
      const list = sets.map(([column, value]) => `\`${column}\` = ${value}`)
      return `UPDATE ${table} SET ${list.join(', ')} ${one(key)} AND ${matches(swap.from)}`
    },
    insert(key, { from, to }) {
      const complete = { ...to, existence: to.existence ?? 'unknown', settled: to.settled ?? null }
      const fence = to.raiseFence ? '1' : '0'
      const fresh = { key: keyLiteral(key), fence, ...changes({ from, to: complete }) }
      const names = Object.keys(fresh).map((column) => `\`${column}\``)
      return `INSERT INTO ${table} (${names.join(', ')}) VALUES (${Object.values(fresh).join(', ')})`
    },
  }
}

/** Expressions by column, the fence excepted; a member that is left out stays as it is stored. */
function changes({ from, to }: Swap): Record<string, string> {
  return {
    count: whole(to.count),
    ...(to.existence === undefined ? {} : { existence: text(to.existence) }),
    token: octetsOrNull(to.token),
    beat: whole(to.beat),
    lease: whole(to.lease),
    ...(goesOn({ from, to })
      ? {}
      : {
          expires: to.token === null ? 'NULL' : `${CLOCK} + INTERVAL ${whole(to.lease * 1000)} MICROSECOND`,
        }),
    doubtful: to.doubtful ? '1' : '0',
    ...(to.settled === undefined ? {} : { settled: octetsOrNull(to.settled) }),
  }
}

/** A move under a claim leaves its end where it is; a claim and a renewal begin a new lease. */
export function goesOn({ from, to }: Swap): boolean {
  return to.token !== null && to.token === from.token && to.beat === from.beat
}

function matches({ count, token, beat }: SwapFrom): string {
  return `\`count\` = ${whole(count)} AND \`token\` <=> ${octetsOrNull(token)} AND \`beat\` = ${whole(beat)}`
}

/** Whether a swap starts from a record that may not be stored yet. */
export function isUnseen({ count, token, beat }: SwapFrom): boolean {
  return count === 0 && token === null && beat === 0
}

const EXISTENCES: readonly Existence[] = ['unknown', 'present', 'deleted']

/** What a swap need not know of the record that it changes, as one whole number that is never 0; `fence` is an eighth of it. */
const CODE = `1 + \`fence\` * 8 + (FIELD(\`existence\`, ${EXISTENCES.map((name) => `'${name}'`).join(', ')}) - 1) * 2 + (\`settled\` IS NOT NULL)`

/** `settled`: whether there was a text, which has no room in a number. */
export function toldBy(code: number): { fence: number; existence: Existence; settled: boolean } {
  const rest = (code - 1) % 8
  return {
    fence: (code - 1 - rest) / 8,
    existence: EXISTENCES[rest >> 1] ?? 'unknown',
    settled: rest % 2 === 1,
  }
}

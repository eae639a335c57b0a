import type { LedgerSteps, Swap, SwapResult } from '../../core/ledger.js'
import { unseen, type LedgerRecord } from '../../core/record.js'
import { recordOf, type SqlRow } from '../sql/ledger-row.js'
import { DUPLICATE, errorNumber } from './errors.js'
import { LEDGER } from './ledger-schema.js'
import { goesOn, isUnseen, toldBy, type LedgerSql } from './ledger-sql.js'
import type { Session } from './session.js'

/** The steps of a ledger, answered with promises. */
export interface MysqlLedgerSteps extends LedgerSteps {
  get(key: string): Promise<LedgerRecord>
  compareAndSwap(key: string, swap: Swap): Promise<SwapResult>
}

/** any: only the row is asked for */
const NO_MATTER = { count: 0, token: null, beat: 0 }

export function ledgerSteps(session: Session, sql: LedgerSql): MysqlLedgerSteps {
  return {
    async get(key) {
      if (!session.inside) return orUnseen((await session.read(sql.read(key)))[0])
      return orUnseen((await session.write([sql.prepare(key), sql.lock(key, NO_MATTER)]))[0])
    },
    async compareAndSwap(key, swap) {
      if (!session.oneTrip) return swapAlone(session, sql, key, swap)
      const prepare = isUnseen(swap.from) ? [sql.prepare(key)] : []
      const lock = sql.lock(key, swap.from)
      const [row] = await session.write([...prepare, lock, sql.swap(key, swap, false)])
      const found = orUnseen(row)
      return Number(row?.matches) === 1
        ? { swapped: true, record: swapped(found, swap) }
        : { swapped: false, record: found }
    },
  }
}

/**
 * Where several statements are several trips: one UPDATE, which hands out what it found as its LAST_INSERT_ID. Only a
 * text that settled the version has no room there, and only claims ask for it: those take one more trip.
 */
async function swapAlone(session: Session, sql: LedgerSql, key: string, swap: Swap): Promise<SwapResult> {
  if (isUnseen(swap.from)) {
    const first = await session.alone(sql.insert(key, swap)).catch(unlessDuplicate)
    if (first !== undefined) return { swapped: true, record: swapped(unseen(), swap) }
  }
  const code = Number((await session.alone(sql.swap(key, swap, true))).insertId)
  const complete = code > 0 && !goesOn(swap) && (swap.to.settled !== undefined || !toldBy(code).settled)
  const now = complete ? undefined : await latest(session, sql, key)
  if (code === 0) return { swapped: false, record: now ?? unseen() }
  const { fence, existence } = toldBy(code)
  const before: LedgerRecord = { ...unseen(swap.from.count), fence, existence }
  const record = swapped(before, swap)
  // `settled` and the end of a claim change with the count or the claim, and with nothing else (core/machine.ts)
  return { swapped: true, record: now !== undefined && isSame(now, record) ? now : record }
}

async function latest(session: Session, sql: LedgerSql, key: string): Promise<LedgerRecord> {
  const row = session.inside
    ? await session.write([sql.lock(key, NO_MATTER)])
    : await session.read(sql.read(key))
  return orUnseen(row[0])
}

function isSame(one: LedgerRecord, other: LedgerRecord): boolean {
  return (
    one.count === other.count &&
    one.fence === other.fence &&
    one.claim?.token === other.claim?.token &&
    one.claim?.beat === other.claim?.beat
  )
}

/** The record that a swap makes of the one it found. */
function swapped(found: LedgerRecord, swap: Swap): LedgerRecord {
  const { count, token, beat, lease, doubtful, existence, settled, raiseFence } = swap.to
  const remaining = goesOn(swap) ? (found.claim?.remaining ?? 0) : lease
  return {
    count,
    existence: existence ?? found.existence,
    fence: found.fence + (raiseFence ? 1 : 0),
    claim: token === null ? null : { token, beat, lease, doubtful, remaining },
    settled: settled === undefined ? found.settled : settled,
  }
}

export function orUnseen(row: SqlRow | undefined): LedgerRecord {
  return row === undefined ? unseen() : recordOf(LEDGER, row)
}

function unlessDuplicate(error: unknown): undefined {
  if (errorNumber(error) !== DUPLICATE) throw error
}

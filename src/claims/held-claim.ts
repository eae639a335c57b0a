import type { Clock } from '../core/clock.js'
import { renew, settle, type Outcome, type Settlement } from '../core/machine.js'
import type { LedgerRecord } from '../core/record.js'
import type { TimedLedger } from './store.js'

/** How a claim ended; `lost`: the store could not be told, so it will end by its lease. */
export interface Ending {
  readonly settlement: Settlement | 'lost'
  readonly record: LedgerRecord
}

export interface HeldClaim {
  readonly key: string
  readonly token: string
  /** the record as it was last seen by the holder */
  readonly record: LedgerRecord
  /** aborts when the claim is known to be gone, or may be */
  readonly signal: AbortSignal
  /** tells the store how the handler ended; only the first call counts */
  settle(outcome: Outcome): Promise<Ending>
  /** gives up on the handler, which may still be writing: its signal aborts, its outcome is unknown */
  abandon(): Promise<Ending>
  /** waits for a renewal under way and makes no further one; the answer resumes them */
  pauseRenewal(): Promise<() => void>
  /** ends the claim here, without the store: its record was moved on inside a transaction */
  settledElsewhere(record: LedgerRecord): void
}

export interface HoldOptions {
  readonly store: TimedLedger
  readonly clock: Clock
  readonly key: string
  readonly token: string
  readonly record: LedgerRecord
  /** ms */
  readonly lease: number
  /** false where timers freeze between requests: then the lease is all there is */
  readonly renewing: boolean
  readonly onEnd: () => void
}

/** How often a store that was lost is told of an unknown outcome after all, once a third of a lease. */
const MOST_LATE_ATTEMPTS = 30

/** Attempts at a settle whose answer did not come; a lost swap is not an attempt. */
const MOST_FAILURES = 3

/** Keeps a claim alive and ends it. Renewals and the settle go one after the other: they write the same record. */
export function holdClaim(options: HoldOptions): HeldClaim {
  const { store, clock, key, token, lease } = options
  let { record } = options
  let controller: AbortController | undefined
  let lost = false
  let paused = false
  let ending: Promise<Ending> | undefined
  let pending: Promise<void> | undefined
  let renewedAt = clock.now()
  let cancelRenewal = () => {}

  const lose = () => {
    lost = true
    cancelRenewal()
    controller?.abort(new Error(`the claim on ${key} is lost`))
  }

  const renewOnce = async () => {
    try {
      for (;;) {
        const next = renew(record, token)
        if (next === undefined) {
          lose()
          return
        }
        const result = await store.swap(key, record, next)
        record = result.record
        if (result.swapped) break
      }
      renewedAt = clock.now()
    } catch {
      // a renewal may be missed; only a whole lease without one ends the claim
      if (clock.now() - renewedAt >= lease) lose()
      else record = (await read(store, key)) ?? record
    }
    if (!lost && !paused && ending === undefined) schedule()
  }

  const schedule = () => {
    cancelRenewal = clock.after(lease / 3, () => {
      pending = renewOnce()
    })
  }
  if (options.renewing) schedule()

  const end = async (outcome: Outcome): Promise<Ending> => {
    cancelRenewal()
    if (pending !== undefined) await pending
    for (let failures = 0; ;) {
      const step = settle(record, token, outcome)
      if (step.record === record) return { settlement: step.settlement, record }
      try {
        const result = await store.swap(key, record, step.record)
        record = result.record
        if (result.swapped) return { settlement: step.settlement, record }
      } catch {
        // done or not: a look at the record tells, and the next turn of the loop recognises our own token
        const seen = await read(store, key)
        failures += 1
        if (seen === undefined || failures > MOST_FAILURES)
          return { settlement: 'lost', record: seen ?? record }
        record = seen
      }
    }
  }

  // its claim ends by its lease; but one that was overtaken has no claim left to end, and wrote all the same
  const tellLater = (attempts: number) => {
    if (attempts === 0) return
    clock.after(lease / 3, () => {
      void end({ kind: 'unknown' }).then(({ settlement }) => {
        if (settlement === 'lost') tellLater(attempts - 1)
      })
    })
  }

  return {
    key,
    token,
    get record() {
      return record
    },
    get signal() {
      if (controller === undefined) {
        controller = new AbortController()
        if (lost) lose()
      }
      return controller.signal
    },
    settle(outcome) {
      ending ??= end(outcome).then((ended) => {
        if (ended.settlement === 'lost' && outcome.kind !== 'unwritten') tellLater(MOST_LATE_ATTEMPTS)
        options.onEnd()
        return ended
      })
      return ending
    },
    abandon() {
      lose()
      return this.settle({ kind: 'unknown' })
    },
    async pauseRenewal() {
      cancelRenewal()
      paused = true
      if (pending !== undefined) await pending
      return () => {
        paused = false
        if (options.renewing && !lost && ending === undefined) schedule()
      }
    },
    settledElsewhere(settled) {
      if (ending !== undefined) return
      cancelRenewal()
      record = settled
      ending = Promise.resolve<Ending>({ settlement: 'settled', record: settled })
      options.onEnd()
    },
  }
}

async function read(store: TimedLedger, key: string): Promise<LedgerRecord | undefined> {
  try {
    return await store.get(key)
  } catch {
    return undefined
  }
}

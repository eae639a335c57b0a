import { randomBytes } from 'node:crypto'
import type { Clock } from '../core/clock.js'
import { judge, soleVersion, type Expectation, type Verdict } from '../core/expectation.js'
import { ledgerCount, ledgerVersion } from '../core/ledger.js'
import { claim, expire, presumed } from '../core/machine.js'
import type { LedgerRecord } from '../core/record.js'
import { swapOrLook } from './claim-swap.js'
import { holdClaim, type HeldClaim } from './held-claim.js'
import type { KeyQueue } from './queue.js'
import type { TimedLedger } from './store.js'

export type Acquired =
  | { readonly got: 'claim'; readonly claim: HeldClaim }
  /** the demand does not hold in the settled state; `raced`: it was settled while this one waited */
  | {
      readonly got: 'refusal'
      readonly verdict: Exclude<Verdict, { pass: true }>
      readonly record: LedgerRecord
      readonly raced: boolean
    }
  | { readonly got: 'busy' }
  /** the client went away before it was its turn */
  | { readonly got: 'aborted' }

export interface AcquireOptions {
  readonly key: string
  readonly expectation: Expectation
  /** ms */
  readonly lease: number
  readonly renewing: boolean
  /** ms that a second writer waits */
  readonly wait: number
  readonly signal?: AbortSignal | undefined
}

export interface Claiming {
  readonly epoch: string
  readonly store: TimedLedger
  readonly clock: Clock
  readonly queue: KeyQueue
  readonly isOver: (key: string, claim: NonNullable<LedgerRecord['claim']>) => boolean
}

/** ms between two looks at a claim of another process: short at first, since most writes are */
const FIRST_LOOK = 5
const LONGEST_LOOK = 100

/** Waits for the key, judges the demand on its settled state, and claims it. Throws what the store throws. */
export async function acquire(claiming: Claiming, options: AcquireOptions): Promise<Acquired> {
  const { queue, clock } = claiming
  const { key } = options
  const start = clock.now()
  const turn = queue.enter(key, options.wait, options.signal)
  const got = typeof turn === 'string' ? turn : await turn
  if (got === 'timeout') return { got: 'busy' }
  if (got === 'aborted') return { got: 'aborted' }
  let kept = false
  try {
    const acquired = await acquireInTurn(claiming, options, start, typeof turn !== 'string')
    kept = acquired.got === 'claim'
    return acquired
  } finally {
    if (!kept) queue.leave(key)
  }
}

async function acquireInTurn(
  claiming: Claiming,
  options: AcquireOptions,
  start: number,
  queued: boolean,
): Promise<Acquired> {
  const { store, clock, epoch } = claiming
  const { key, expectation, lease } = options
  const token = randomBytes(9).toString('base64url')
  const blindCount = blind(epoch, expectation)
  let record = blindCount === undefined ? await store.get(key) : presumed(blindCount)
  let raced = queued
  let look = FIRST_LOOK
  const release = (made: LedgerRecord): Promise<unknown> => {
    const unqueued = { ...claiming, queue: NO_QUEUE }
    return hold(unqueued, { ...options, renewing: false }, token, made).settle({ kind: 'unwritten' })
  }

  for (;;) {
    if (record.claim !== null && claiming.isOver(key, record.claim)) {
      record = (await store.swap(key, record, expire(record))).record
      continue
    }
    const verdict = judge(expectation, {
      version: ledgerVersion(epoch, record.count),
      existence: record.existence,
    })
    if (!verdict.pass && (record.claim === null || isFinal(verdict)))
      return { got: 'refusal', verdict, record, raced }

    const claimed = claim(record, token, lease)
    if (claimed === undefined) {
      raced = true
      const left = options.wait - (clock.now() - start)
      if (left <= 0) return { got: 'busy' }
      await pause(clock, Math.min(look, left), options.signal)
      if (options.signal?.aborted === true) return { got: 'aborted' }
      look = Math.min(look * 2, LONGEST_LOOK)
      record = await store.get(key)
      continue
    }

    const result = await swapOrLook(store, key, record, claimed, release)
    record = result.record
    if (!result.swapped) continue
    // a claim that did not read first learns only now that its version is that of a tombstone
    const seen = judge(expectation, {
      version: ledgerVersion(epoch, record.count),
      existence: record.existence,
    })
    if (seen.pass) return { got: 'claim', claim: hold(claiming, options, token, record) }
    await release(record)
    return { got: 'refusal', verdict: seen, record, raced }
  }
}

/** The place in the line is given up elsewhere. */
const NO_QUEUE: Pick<KeyQueue, 'leave'> = { leave: () => {} }

/** A version only grows, so one that is stale under a claim is stale after it too. */
function isFinal(verdict: Verdict): boolean {
  return !verdict.pass && verdict.code === 'version-conflict' && verdict.reason !== 'gone'
}

function blind(epoch: string, expectation: Expectation): number | undefined {
  const version = soleVersion(expectation)
  const count = version === undefined ? undefined : ledgerCount(epoch, version)
  return typeof count === 'number' ? count : undefined
}

function hold(
  claiming: Pick<Claiming, 'store' | 'clock'> & { readonly queue: Pick<KeyQueue, 'leave'> },
  options: AcquireOptions,
  token: string,
  record: LedgerRecord,
): HeldClaim {
  const { store, clock, queue } = claiming
  const { key, lease, renewing } = options
  return holdClaim({
    store,
    clock,
    key,
    token,
    record,
    lease,
    renewing,
    onEnd: () => {
      queue.leave(key)
    },
  })
}

/** Between half and the whole of `ms`, so that the waiters of several processes do not look in step. */
function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      cancel()
      signal?.removeEventListener('abort', finish)
      resolve()
    }
    const cancel = clock.after(ms * (0.5 + Math.random() / 2), finish)
    signal?.addEventListener('abort', finish, { once: true })
  })
}

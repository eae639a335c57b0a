import { judge, soleVersion, type Expectation, type Verdict } from '../core/expectation.js'
import { ledgerCount, ledgerVersion, type MaybePromise, type SwapResult } from '../core/ledger.js'
import { claim, expire, presumed } from '../core/machine.js'
import { isPromise } from '../core/promise.js'
import type { LedgerRecord } from '../core/record.js'
import { swapOrLook, type ClaimAttempt } from './claim-swap.js'
import type { Deadlines } from './deadlines.js'
import { HeldClaim } from './held-claim.js'
import type { HoldOptions } from './holding.js'
import type { LaterLooks } from './later-looks.js'
import { pause } from './pause.js'
import type { Client, KeyQueue, Turn } from './queue.js'
import type { Steps } from './steps.js'
import type { Late, TimedLedger } from './store.js'

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

export interface AcquireOptions extends HoldOptions {
  readonly expectation: Expectation
  /** ms that a second writer waits */
  readonly wait: number
  readonly client?: Client | undefined
}

export interface Claiming {
  readonly epoch: string
  readonly store: TimedLedger
  readonly step: Steps
  readonly deadlines: Deadlines
  readonly looks: LaterLooks
  readonly queue: KeyQueue
  readonly token: () => string
  readonly isOver: (key: string, claim: NonNullable<LedgerRecord['claim']>) => boolean
}

/** ms between two looks at a claim of another process: short at first, since most writes are */
const FIRST_LOOK = 5
const LONGEST_LOOK = 100

/**
 * Waits for the key, judges the demand on its settled state, and claims it. Throws, or rejects with, what the store
 * throws. A free key of a store that answers at once is claimed at once.
 */
export function acquire(claiming: Claiming, options: AcquireOptions): MaybePromise<Acquired> {
  const start = claiming.deadlines.clock.now()
  const turn = claiming.queue.enter(options.key, options.wait, options.client)
  return isPromise(turn)
    ? turn.then((got) => inTurn(claiming, options, start, got, true))
    : inTurn(claiming, options, start, turn, false)
}

function inTurn(
  claiming: Claiming,
  options: AcquireOptions,
  start: number,
  turn: Turn,
  queued: boolean,
): MaybePromise<Acquired> {
  if (turn === 'timeout') return { got: 'busy' }
  if (turn === 'aborted') return { got: 'aborted' }
  let acquired: MaybePromise<Acquired>
  try {
    acquired = new Attempt(claiming, options, start, queued).begin()
  } catch (error) {
    claiming.queue.leave(options.key)
    throw error
  }
  return isPromise(acquired) ? leftUnlessKept(claiming, options, acquired) : left(claiming, options, acquired)
}

/** The place in the line is kept with the claim. */
function left({ queue }: Claiming, { key }: AcquireOptions, acquired: Acquired): Acquired {
  if (acquired.got !== 'claim') queue.leave(key)
  return acquired
}

function leftUnlessKept(
  claiming: Claiming,
  options: AcquireOptions,
  acquiring: Promise<Acquired>,
): Promise<Acquired> {
  return acquiring.then(
    (acquired) => left(claiming, options, acquired),
    (error: unknown) => {
      claiming.queue.leave(options.key)
      throw error
    },
  )
}

/** One writer's way to the claim on a key, from the record as it is seen to the swap that makes the claim. */
class Attempt implements ClaimAttempt {
  readonly #claiming: Claiming
  #options: AcquireOptions
  readonly #start: number
  #token: string
  #raced: boolean
  #look = FIRST_LOOK
  /** of the version that the client names, where it is one */
  #count: number | undefined
  /** when it last began, or went on after a wait: what it sends until the next one is sent no earlier */
  #since: number

  constructor(claiming: Claiming, options: AcquireOptions, start: number, queued: boolean) {
    this.#claiming = claiming
    this.#options = options
    this.#start = start
    this.#token = claiming.token()
    this.#raced = queued
    this.#since = queued ? claiming.deadlines.clock.now() : start
  }

  begin(): MaybePromise<Acquired> {
    this.#count = blind(this.#claiming.epoch, this.#options.expectation)
    // the version that the client names is presumed to be there, so that there is nothing to judge before the swap
    return this.#count === undefined ? this.#read() : this.#claim(presumed(this.#count))
  }

  get looks(): LaterLooks {
    return this.#claiming.looks
  }

  forgetClient(): void {
    this.#options = { ...this.#options, client: undefined }
  }

  /** the swap whose answer is waited for */
  swapping: Late<SwapResult> | undefined

  late(result: SwapResult): void {
    this.swapping?.late(result)
  }

  /** gives a claim back that was made, and is not wanted; the place in the line is given up elsewhere */
  release(made: LedgerRecord): unknown {
    const holding = { ...this.#claiming, queue: NO_QUEUE }
    const held = new HeldClaim(holding, { ...this.#options, renewing: false }, this.#token, made)
    return held.settle({ kind: 'unwritten' })
  }

  #read(): MaybePromise<Acquired> {
    const record = this.#claiming.store.get(this.#options.key)
    return isPromise(record) ? record.then((seen) => this.#resume(seen)) : this.#consider(record)
  }

  #resume(record: LedgerRecord): MaybePromise<Acquired> {
    this.#since = this.#claiming.deadlines.clock.now()
    return this.#consider(record)
  }

  #consider(record: LedgerRecord): MaybePromise<Acquired> {
    const { store, isOver, step } = this.#claiming
    const { key } = this.#options
    if (record.claim !== null && isOver(key, record.claim))
      return this.#after(store.swap(key, record, expire(record, step())))

    const verdict = this.#judge(record)
    if (!verdict.pass && (record.claim === null || isFinal(verdict)))
      return { got: 'refusal', verdict, record, raced: this.#raced }

    return this.#claim(record)
  }

  #claim(record: LedgerRecord): MaybePromise<Acquired> {
    const { store } = this.#claiming
    const { key, lease } = this.#options
    const claimed = claim(record, this.#token, lease)
    if (claimed === undefined) return this.#wait()
    const result = swapOrLook(store, key, record, claimed, this)
    const sent = this.#since
    return isPromise(result) ? result.then((told) => this.#swapped(told, sent)) : this.#swapped(result)
  }

  #after(result: MaybePromise<SwapResult>): MaybePromise<Acquired> {
    return isPromise(result)
      ? result.then(({ record }) => this.#resume(record))
      : this.#consider(result.record)
  }

  /** `sent`: where the answer was waited for */
  #swapped({ swapped, record }: SwapResult, sent?: number): MaybePromise<Acquired> {
    if (!swapped) return sent === undefined ? this.#consider(record) : this.#resume(record)
    // a claim that did not read first learns only now that its version is that of a tombstone
    const verdict = this.#judge(record)
    // the answer took the whole lease: another may have claimed, written and been answered since the claim was made
    const expired = sent !== undefined && this.#isExpired(record, sent)
    if (verdict.pass && !expired) {
      const claim = new HeldClaim(this.#claiming, this.#options, this.#token, record, sent)
      return { got: 'claim', claim }
    }
    const released = Promise.resolve(this.release(record))
    if (!verdict.pass) return released.then(() => ({ got: 'refusal', verdict, record, raced: this.#raced }))
    // under a token of its own, the next claim cannot be taken for what is still told of this one
    this.#token = this.#claiming.token()
    return released.then(() => this.#wait())
  }

  /** its lease began between `sent` and now; the clock of the store, where that tells, goes on while this process is frozen */
  #isExpired({ claim }: LedgerRecord, sent: number): boolean {
    if (claim?.remaining !== undefined && claim.remaining <= 0) return true
    return this.#claiming.deadlines.clock.now() - sent >= this.#options.lease
  }

  async #wait(): Promise<Acquired> {
    const { clock } = this.#claiming.deadlines
    const signal = this.#options.client?.gone()
    this.#raced = true
    const left = this.#options.wait - (clock.now() - this.#start)
    if (left <= 0) return { got: 'busy' }
    await pause(clock, Math.min(this.#look, left), signal)
    if (signal?.aborted === true) return { got: 'aborted' }
    this.#look = Math.min(this.#look * 2, LONGEST_LOOK)
    this.#since = clock.now()
    return this.#read()
  }

  #judge({ count, existence }: LedgerRecord): Verdict {
    const { expectation } = this.#options
    // the text that is there already costs less than one that is put together
    const named = count === this.#count ? soleVersion(expectation) : undefined
    return judge(expectation, { version: named ?? ledgerVersion(this.#claiming.epoch, count), existence })
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

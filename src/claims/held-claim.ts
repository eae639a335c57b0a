import type { MaybePromise, SwapResult } from '../core/ledger.js'
import { renew, settle, type Outcome, type Settlement } from '../core/machine.js'
import { isPromise } from '../core/promise.js'
import type { LedgerRecord } from '../core/record.js'
import type { Deadline, Due } from './deadlines.js'
import type { Holding, HoldOptions } from './holding.js'

/** How a claim ended; `lost`: the store could not be told, so it will end by its lease. */
export interface Ending {
  readonly settlement: Settlement | 'lost'
  readonly record: LedgerRecord
}

/** How often a store that was lost is told of an unknown outcome after all, once a third of a lease. */
const MOST_LATE_ATTEMPTS = 30

/** How often of one under which nothing was written: then its lease is over, and whoever meets it moves the version on. */
const MOST_LATE_RELEASES = 2

/** Attempts at a settle whose answer did not come; a lost swap is not an attempt. */
const MOST_FAILURES = 3

/**
 * Keeps a claim alive and ends it. Renewals and the settle go one after the other: they write the same record. Over a
 * store that answers at once, a claim ends at once.
 */
export class HeldClaim implements Due {
  readonly #holding: Holding
  readonly #options: HoldOptions
  #record: LedgerRecord
  #controller: AbortController | undefined
  #lost = false
  #paused = false
  #ending: MaybePromise<Ending> | undefined
  #renewing: Promise<void> | undefined
  #renewal: Deadline | undefined
  #renewedAt: number
  #step: number | undefined

  constructor(
    holding: Holding,
    options: HoldOptions,
    readonly token: string,
    record: LedgerRecord,
    /** when the claim was asked for, where the answer was waited for: its lease may have begun then */
    asked?: number,
  ) {
    this.#holding = holding
    this.#options = options
    this.#record = record
    const now = holding.deadlines.clock.now()
    this.#renewedAt = asked ?? now
    if (!options.renewing) return
    // counted from a late answer, the first renewal might come after the lease
    if (now - this.#renewedAt < options.lease / 3) this.#schedule()
    else this.due()
  }

  get key(): string {
    return this.#options.key
  }

  /** the record as it was last seen by the holder */
  get record(): LedgerRecord {
    return this.#record
  }

  /**
   * by how much the version grows where the write succeeds: the same each time that it is told, for an answer may have
   * named it already, and what it names is the state that stands under this claim
   */
  get step(): number {
    this.#step ??= this.#holding.step()
    return this.#step
  }

  /** it has been settled, or is being */
  get ended(): boolean {
    return this.#ending !== undefined
  }

  /** aborts when the claim is known to be gone, or may be */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#lost) this.#lose()
    }
    return this.#controller.signal
  }

  /** tells the store how the handler ended; only the first call counts */
  settle(outcome: Outcome): MaybePromise<Ending> {
    if (this.#ending !== undefined) return this.#ending
    const ended = this.#end(outcome)
    this.#ending = isPromise(ended)
      ? ended.then((ending) => this.#ended(ending, outcome))
      : this.#ended(ended, outcome)
    return this.#ending
  }

  /** gives up on the handler, which may still be writing: its signal aborts, its outcome is unknown */
  abandon(): MaybePromise<Ending> {
    this.#lose()
    return this.settle({ kind: 'unknown' })
  }

  /** waits for a renewal under way and makes no further one; the answer resumes them */
  async pauseRenewal(): Promise<() => void> {
    this.#cancelRenewal()
    this.#paused = true
    if (this.#renewing !== undefined) await this.#renewing
    return () => {
      this.#paused = false
      if (this.#options.renewing && !this.#lost && this.#ending === undefined) this.#schedule()
    }
  }

  /** ends the claim here, without the store: its record was moved on inside a transaction */
  settledElsewhere(settled: LedgerRecord): void {
    if (this.#ending !== undefined) return
    this.#cancelRenewal()
    this.#record = settled
    this.#ending = { settlement: 'settled', record: settled }
    this.#holding.queue.leave(this.key)
  }

  /** a third of the lease is over */
  due(): void {
    this.#renewal = undefined
    this.#renewing = this.#renew()
  }

  #schedule(): void {
    this.#renewal = this.#holding.deadlines.set(this.#options.lease / 3, this)
  }

  #cancelRenewal(): void {
    this.#renewal?.line.drop(this.#renewal)
    this.#renewal = undefined
  }

  #lose(): void {
    this.#lost = true
    this.#cancelRenewal()
    this.#controller?.abort(new Error(`the claim on ${this.key} is lost`))
  }

  async #renew(): Promise<void> {
    const { clock } = this.#holding.deadlines
    try {
      for (;;) {
        const next = renew(this.#record, this.token)
        if (next === undefined) {
          this.#lose()
          return
        }
        const result = await this.#holding.store.swap(this.key, this.#record, next)
        this.#record = result.record
        if (result.swapped) break
      }
      this.#renewedAt = clock.now()
    } catch {
      // a renewal may be missed; only a whole lease without one ends the claim
      if (clock.now() - this.#renewedAt >= this.#options.lease) this.#lose()
      else this.#record = (await this.#look()) ?? this.#record
    }
    if (!this.#lost && !this.#paused && this.#ending === undefined) this.#schedule()
  }

  #end(outcome: Outcome): MaybePromise<Ending> {
    this.#cancelRenewal()
    return this.#renewing === undefined
      ? this.#tell(outcome, 0)
      : this.#renewing.then(() => this.#tell(outcome, 0))
  }

  #tell(outcome: Outcome, failures: number): MaybePromise<Ending> {
    const { claim } = this.#record
    const asTold = outcome.kind === 'written' && claim?.token === this.token && !claim.doubtful
    const step = asTold ? this.step : this.#holding.step()
    const { record, settlement } = settle(this.#record, this.token, outcome, step)
    if (record === this.#record) return { settlement, record }
    let result: MaybePromise<SwapResult>
    try {
      result = this.#holding.store.swap(this.key, this.#record, record)
    } catch {
      return this.#tellAgain(outcome, failures)
    }
    if (!isPromise(result)) return this.#told(result, settlement, outcome, failures)
    return result.then(
      (told) => this.#told(told, settlement, outcome, failures),
      () => this.#tellAgain(outcome, failures),
    )
  }

  #told(
    { swapped, record }: SwapResult,
    settlement: Settlement,
    outcome: Outcome,
    failures: number,
  ): MaybePromise<Ending> {
    this.#record = record
    return swapped ? { settlement, record } : this.#tell(outcome, failures)
  }

  /** done or not: a look at the record tells, and the next swap recognises our own token */
  async #tellAgain(outcome: Outcome, failures: number): Promise<Ending> {
    const seen = await this.#look()
    if (seen === undefined || failures >= MOST_FAILURES)
      return { settlement: 'lost', record: seen ?? this.#record }
    this.#record = seen
    return this.#tell(outcome, failures + 1)
  }

  #ended(ending: Ending, outcome: Outcome): Ending {
    if (ending.settlement === 'lost') {
      if (outcome.kind === 'unwritten') this.#tellLater(outcome, MOST_LATE_RELEASES)
      else this.#tellLater({ kind: 'unknown' }, MOST_LATE_ATTEMPTS)
    }
    this.#holding.queue.leave(this.key)
    return ending
  }

  /** its claim ends by its lease; but one that was overtaken has no claim left to end, and wrote all the same */
  #tellLater(outcome: Outcome, attempts: number): void {
    if (attempts === 0) return
    this.#holding.deadlines.clock.after(this.#options.lease / 3, () => {
      void Promise.resolve(this.#end(outcome)).then(({ settlement }) => {
        if (settlement === 'lost') this.#tellLater(outcome, attempts - 1)
      })
    })
  }

  async #look(): Promise<LedgerRecord | undefined> {
    try {
      return await this.#holding.store.get(this.key)
    } catch {
      return undefined
    }
  }
}

import { IfMatchError } from '../../core/errors.js'
import type { Ledger, LedgerSteps, MaybePromise, Swap, SwapResult, SwapTo } from '../../core/ledger.js'
import type { LedgerRecord } from '../../core/record.js'
import { isPromise } from '../concurrency.js'
import type { LedgerSubject } from '../subjects.js'
import { CORRECT } from './ledger-parts.js'
import type { LedgerParts } from './ledger-parts.js'

interface Entry {
  readonly record: LedgerRecord
  /** when the claim ends, on the store's clock */
  readonly until: number
}

/** What all handles share. */
interface State {
  entries: Map<string, Entry>
  /** the application's writes */
  notes: string[]
  views: Map<string, LedgerRecord>
  /** the store's clock, in ms */
  now: number
}

const start = (): State => ({ entries: new Map(), notes: [], views: new Map(), now: 0 })

/** A ledger in a Map, under test: correct, but for the parts that are given. */
export function ledgerModel(name: string, fault: Partial<LedgerParts> = {}): LedgerSubject {
  const parts = { ...CORRECT, ...fault }
  let state = start()
  let run = 1
  let keys = 0
  return {
    name,
    capabilities: {
      shared: true,
      transaction: true,
      application: true,
      'async-work': 'its work is done in one turn of the event loop',
      clock: true,
      restart: true,
      entries: true,
    },
    open: () => Promise.resolve(handle(name, parts, state, parts.epoch(run))),
    key: () => `articles/${++keys}`,
    advance(ms) {
      state.now += ms
    },
    restart() {
      state = start()
      run += 1
      return Promise.resolve()
    },
    entries: () => state.entries.size,
    application: { write: (client, text) => (client as string[]).push(text), read: () => state.notes },
  }
}

function handle(name: string, parts: LedgerParts, state: State, epoch: string): Ledger {
  const steps = stepsOver(parts, state)
  return {
    name,
    epoch,
    ...steps,
    getMany: (keys) => parts.many(keys, (key) => steps.get(key)),
    transaction<T>(work: (steps: LedgerSteps, client: unknown) => MaybePromise<T>): MaybePromise<T> {
      const draft = { ...state, entries: new Map(state.entries), notes: [...state.notes] }
      const target = parts.rollsBack ? draft : state
      // a fault of the swap is one of its haste, and there is none in here
      const result = work(stepsOver({ ...parts, swap: CORRECT.swap }, target), target.notes)
      if (isPromise(result) && parts.refusesPromises) {
        // the work goes on alone, over a draft that nobody will read
        result.catch(() => undefined)
        throw new IfMatchError(
          'ERR_TRANSACTION_ASYNC',
          'work: a promise will not do here. Work synchronously',
        )
      }
      if (parts.commits) Object.assign(state, target)
      return result
    },
  }
}

function stepsOver(parts: LedgerParts, state: State) {
  const time = () => parts.time?.(state) ?? 0
  const read = (key: string): LedgerRecord => {
    const entry = state.entries.get(parts.entryKey(key))
    if (entry === undefined) return parts.unseen()
    const { record, until } = entry
    if (record.claim === null || parts.time === undefined) return record
    return { ...record, claim: { ...record.claim, remaining: until - time() } }
  }
  const put = (key: string, to: SwapTo): LedgerRecord => {
    const stored = read(key)
    const record = parts.written(stored, to)
    const { claim } = stored
    // only a claim and a renewal begin a lease: a move must not keep alive what nobody renews
    const begins = claim?.token !== to.token || claim.beat !== to.beat
    const until = time() + (begins ? to.lease : (claim.remaining ?? 0))
    if (parts.keeps(record)) state.entries.set(parts.entryKey(key), { record, until })
    else state.entries.delete(parts.entryKey(key))
    const [first] = state.entries.keys()
    if (first !== undefined && state.entries.size > parts.room) state.entries.delete(first)
    return record.claim === null ? record : read(key)
  }
  const answer = (key: string, record: LedgerRecord) => parts.answer(record, key, state.views)
  return {
    get(key: string): LedgerRecord {
      const record = read(key)
      if (parts.entersOnRead) state.entries.set(parts.entryKey(key), { record, until: 0 })
      return answer(key, record)
    },
    compareAndSwap(key: string, { from, to }: Swap): MaybePromise<SwapResult> {
      const get = () => answer(key, read(key))
      const make = () => answer(key, put(key, to))
      const matches = (stored: LedgerRecord) => parts.matches(stored, from)
      const atomic = (): SwapResult =>
        matches(read(key)) ? { swapped: true, record: make() } : { swapped: false, record: get() }
      return parts.swap(atomic, { get, matches, put: make })
    },
  }
}

import type { MaybePromise } from '../../../src/core/ledger.js'
import type { Served } from '../../races/stores/store.js'

/** What a server process has opened. */
export interface Opened {
  readonly served: Served
  /** how many connections are in use at this moment, by statements that have not ended */
  busy(): number
  /** ends all connections; resolves when they are closed */
  close(): MaybePromise<unknown>
}

/** A kind of store, as a server process that must outlive faults opens it. */
export interface FaultStore {
  /** `postgres ledger` */
  readonly name: string
  readonly versions: 'ledger' | 'row'
  /** in the test's own process, past all proxies: makes empty tables */
  prepare(url: string): Promise<void>
  open(url: string): Opened
}

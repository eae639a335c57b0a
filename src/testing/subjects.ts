import type { Ledger, MaybePromise } from '../core/ledger.js'
import type { Table } from '../core/table.js'
import type { Declared } from './contract.js'

/**
 * `shared`: several handles, of several processes, onto one state. `transaction`: the store's writes and the
 * application's commit together. `application`: the subject can make such a write of the application's.
 * `async-work`: a transaction waits for a promise; where it cannot, it must refuse one.
 */
export type TableCapability = 'shared' | 'transaction' | 'application' | 'async-work'

/**
 * Besides: `clock`: the store's own clock ends a claim. `restart`: the subject can stop the store and start it
 * again. `entries`: the subject can count the records that are kept.
 */
export type LedgerCapability = TableCapability | 'clock' | 'restart' | 'entries'

/** A write of the application's own, beside the store's, to see that both share one transaction. */
export interface ApplicationWrites {
  write(client: unknown, text: string): MaybePromise<unknown>
  /** everything that was written and committed */
  read(): MaybePromise<readonly string[]>
}

interface Subject<Capability extends string> {
  readonly name: string
  readonly capabilities: Readonly<Record<Capability, Declared>>
  readonly application?: ApplicationWrites
}

/** A ledger under test. Whoever made it closes what it opened. */
export interface LedgerSubject extends Subject<LedgerCapability> {
  /** a handle onto the same state; another one each time, or one of a few, where the store is `shared` */
  open(): Promise<Ledger>
  /** a key that this state has never seen */
  key(): string
  /** moves the store's clock by `ms`; without it, cases of the clock wait for real time */
  readonly advance?: (ms: number) => MaybePromise<void>
  /** ends the store as a crash or a deployment would, and starts it again; earlier handles are of no use then */
  readonly restart?: () => Promise<void>
  readonly entries?: () => MaybePromise<number>
}

/** The rows that the table cases write: `title` and `note` are in `columns`, `owner` is not. */
export interface ContractRow {
  /** text, compared octet by octet */
  readonly id: string
  /** of any type; `versionOf` reads it */
  readonly version: unknown
  readonly title: string
  readonly note: string | null
  /** nullable, and nobody's to set; a table without a schema may leave it out */
  readonly owner: string | null
}

/** A table under test, over an empty table of `ContractRow`. Whoever made it closes what it opened. */
export interface TableSubject extends Subject<TableCapability> {
  open(): Promise<Table<ContractRow>>
  /** an `id` that no row has had */
  id(): string
}

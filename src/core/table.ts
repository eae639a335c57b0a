import type { Expectation } from './expectation.js'
import type { MaybePromise, TransactionOptions } from './ledger.js'
import type { StorePromises } from './store-promises.js'

/** The parts of a key, by the names of the template's parameters; `id` where there is only one. */
export type Identity = Readonly<Record<string, unknown>>

/** The compare-and-swap of one row, over the application's own table or inside one of its transactions. */
export interface TableSteps<Row> {
  find(identity: Identity): MaybePromise<Row | undefined>
  /** one statement; undefined where its predicate matched no row */
  update(identity: Identity, expected: Expectation, change: Partial<Row>): MaybePromise<Row | undefined>
  /** undefined where a row stands there already */
  insert(identity: Identity, row: Partial<Row>): MaybePromise<Row | undefined>
  /** one statement; the row as it was, undefined where its predicate matched no row */
  delete(identity: Identity, expected: Expectation): MaybePromise<Row | undefined>
}

/** A store over the application's own table, with its own version column. */
export interface Table<Row, Client = unknown> extends TableSteps<Row> {
  /** how messages call it, `sqlite table orders` */
  readonly name: string
  /** what this store promises, and what it cannot */
  readonly promises?: StorePromises
  /** the version column, which is also the default `bodyVersion` */
  readonly versionColumn: string
  /** the columns that `update` may set; never the id or the version */
  readonly columns: readonly string[]
  versionOf(row: Row): string
  /** whether a text can be a version of this column at all */
  isVersion(text: string): boolean
  /** as a ledger's: everything in `work` commits together, or nothing of it */
  transaction?<T>(
    work: (steps: TableSteps<Row>, client: Client) => MaybePromise<T>,
    options?: TransactionOptions,
  ): MaybePromise<T>
}

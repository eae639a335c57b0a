import type { Ledger, MaybePromise } from '../../../src/core/ledger.js'
import type { Table } from '../../../src/core/table.js'

/** What stands behind `/items/<id>`. */
export interface Item {
  readonly id: string
  /** unlike that of any other write */
  readonly value: string
  /** the value that the writer had read; '' for a new one */
  readonly base: string
  /** the value of the last write that was no PATCH: a PATCH leaves it as it is */
  readonly note: string
}

export interface ItemRow extends Item {
  readonly version: number | string | bigint
}

/** The item as one text, by which the states of an item are told apart. */
export function textOf({ value, base, note }: Omit<Item, 'id'>): string {
  return `${value} on ${base === '' ? 'nothing' : base}, note ${note}`
}

/** The application's own data, by plain statements: nothing here knows of versions, or keeps two writers apart. */
export interface Data {
  find(id: string): MaybePromise<Item | undefined>
  /** whether anything stands there already or not */
  save(item: Item): MaybePromise<unknown>
  /** false where nothing stood there */
  delete(id: string): MaybePromise<boolean>
}

/** Where in a database the data and the versions are. Goes to the server processes as JSON. */
export interface Place {
  /** of the server; for SQLite a folder */
  readonly url: string
  /** of the schema, database or key prefix that is this place's alone */
  readonly name: string
}

/** What one server process serves. */
export type Served =
  | { readonly way: 'ledger'; readonly ledger: Ledger; readonly data: Data }
  | {
      readonly way: 'transaction'
      readonly ledger: Ledger
      /** over the transaction's client, or outside of any */
      readonly data: (client?: unknown) => Data
      /** PATCHes write under a claim, outside of any transaction, as in an application that has both; `false` */
      readonly mixed?: boolean
    }
  | { readonly way: 'table'; readonly table: Table<ItemRow> }

/** One change of the data, noted by the database in the transaction of that very change. */
export interface JournalEntry {
  readonly id: string
  /** the item's text; null where there was none */
  readonly before: string | null
  readonly after: string | null
}

/** A place as the test sees it, past all servers. */
export interface Prepared {
  /** every change in order; left out where the database cannot note them */
  journal?(): Promise<readonly JournalEntry[]>
  /** removes the place, and closes what was opened for it */
  remove(): Promise<void>
}

/** One kind of store that several processes can share. */
export interface SharedStore {
  /** how tests and reports call it: `postgres ledger` */
  readonly name: string
  /** `ledger`: read in two steps, version first; versions are counts. `row`: version and data are read as one */
  readonly versions: 'ledger' | 'row'
  /** in the test's own process: makes the place, empty */
  prepare(place: Place): Promise<Prepared>
  /** in a server process; its connections live as long as the process */
  serve(place: Place): MaybePromise<Served>
}

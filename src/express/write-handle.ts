import type { Expectation } from '../core/expectation.js'
import type { MaybePromise, TransactionOptions } from '../core/ledger.js'

/** What a handler may add to the conflict it reports. */
export interface ConflictDetails {
  readonly detail?: string
  /** what the client may see of the state that stands in the way */
  readonly representation?: unknown
}

/** Its members may be taken out of it, `const { update } = write`; a copy, `{ ...write }`, has none of them. */
interface WriteHandle {
  /** the resource that is written */
  readonly key: string
  /** what the client demanded, and what has been found to hold (on a table: what the write will compare) */
  readonly expected: Expectation
  /** aborts when the claim is lost: whatever is written from then on has an unknown outcome */
  readonly signal: AbortSignal
  /** refuses the write with a 409 of the application's own; throws */
  conflict(details?: ConflictDetails): never
  /** this write changed nothing, whatever status it answers: the version stays. To be said before the answer */
  unchanged(): void
  /** this write changed something, although it answers 4xx, or has: the version moves on */
  wrote(): void
}

/** Handed to the handlers of a `ledger`. */
export interface LedgerWrite<Client = unknown> extends WriteHandle {
  /** grows with every claim on this key: a store that keeps the highest it saw can turn away a late writer */
  readonly fence: number
  /**
   * Moves the version and runs `work` in one transaction of the ledger's own database. A throw, or an answer
   * of 400 and more inside it, rolls all of it back; an answer given inside leaves after the commit. Where the
   * database ended it for a deadlock or a serialization failure: `transaction-conflict`, after the repeats.
   */
  transaction<T>(work: (client: Client) => MaybePromise<T>, options?: TransactionOptions): Promise<T>
}

/** The writes on one row; each compares the version that the client named, or that the write before it made. */
export interface RowWrite<Row, Answer = MaybePromise<Row>> {
  /** sets columns of the row and moves its version; answers the new row */
  update(change: RowChange<Row>): Answer
  /** creates the row; the id comes from the path */
  insert(row: RowChange<Row>): Answer
  /** answers the row as it was */
  delete(): Answer
}

/** Some members of a row. What a client left out is undefined, and sets nothing. */
export type RowChange<Row> = { readonly [Member in keyof Row]?: Row[Member] | undefined }

/** Handed to the handlers of a `table`. `Answer`: what its writes answer inside a transaction, at once or later. */
export interface TableWrite<Row, Client = unknown, Answer = MaybePromise<Row>>
  extends WriteHandle, RowWrite<Row, Promise<Row>> {
  /**
   * Several statements that happen together or not at all; `write` writes this row inside it. A throw, or an
   * answer of 400 and more inside it, rolls all of it back; an answer given inside leaves after the commit. Where
   * the database ended it for a deadlock or a serialization failure: `transaction-conflict`, after the repeats.
   */
  transaction<T>(
    work: (client: Client, write: RowWrite<Row, Answer>) => MaybePromise<T>,
    options?: TransactionOptions,
  ): Promise<T>
}

/** A predicate for a SQL text, with `?` or what `placeholder` makes of it. */
export interface SqlPredicate {
  readonly sql: string
  readonly values: readonly unknown[]
}

/** How a SQL dialect writes what is not data. */
export interface SqlForm {
  /** gets the position of the value, from 1; `?` */
  readonly placeholder?: ((position: number) => string) | undefined
  /** gets a column's name, which it must quote; `"name"`, for MySQL without ANSI_QUOTES ``(name) => `\`${name}\`` `` */
  readonly quote?: ((name: string) => string) | undefined
}

/** A function is the `placeholder`. */
export type SqlOptions = SqlForm | ((position: number) => string)

/** Handed to the handlers of `current`. */
export interface CurrentWrite<Row> extends WriteHandle {
  /** the row as `current` found it under the claim, undefined where there is none */
  readonly current: Row | undefined
  /** grows with every claim on this key */
  readonly fence: number
  /** the version as a predicate of the write's own statement, for an ORM: `{ updatedAt: Date }` */
  where(): Partial<Row>
  /** the same for SQL */
  where(form: 'sql', options?: SqlOptions): SqlPredicate
  /** the predicate matched nothing: looks again, and throws a conflict or a 404 */
  missed(): Promise<never>
}

export type AnyWrite = LedgerWrite | TableWrite<unknown> | CurrentWrite<unknown>

import { IfMatchError, optionError } from '../../core/errors.js'
import { rejected } from '../../core/promise.js'
import type { SqlRow } from '../sql/ledger-row.js'
import { MOST_REPEATS, repeatedAfter } from './errors.js'

/** What all clients have in common: one statement, its parameters, its rows. */
export interface PostgresQueries {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: unknown[] }>
}

/** A connection that a pool lends out. */
export interface PostgresPoolClient extends PostgresQueries {
  release(error?: boolean | Error): void
}

/** A Pool of pg, or of what extends it. */
export interface PostgresPool extends PostgresQueries {
  connect(): Promise<PostgresPoolClient>
  readonly totalCount: number
}

/** A Client of pg: one connection, which others use too. */
export interface PostgresConnection extends PostgresQueries {
  connect(): Promise<unknown>
  getTransactionStatus?(): string | null
}

/** PGlite: PostgreSQL inside the process, one session. */
export interface PGliteDatabase extends PostgresQueries {
  readonly dataDir?: string | undefined
  transaction<T>(work: (client: PostgresQueries) => Promise<T>): Promise<T>
}

export type PostgresClient = PostgresPool | PostgresConnection | PGliteDatabase

/** What the work of a transaction is handed over: the pool's own connections, PGlite's own transactions. */
export type TransactionClient<Client> = Client extends {
  connect: { (): Promise<infer Lent extends PostgresPoolClient>; (callback: never): unknown }
}
  ? Lent
  : Client extends { connect(): Promise<infer Lent extends PostgresPoolClient> }
    ? Lent
    : Client extends { transaction(work: (client: infer Inside) => Promise<unknown>): Promise<unknown> }
      ? Inside
      : PostgresQueries

/** One statement, over the client or inside one transaction of it. */
export type Run = (text: string, values: readonly unknown[]) => Promise<readonly SqlRow[]>

export function runOn(client: PostgresQueries): Run {
  // the array is handed over as a copy: drivers keep it until the answer is there
  return (text, values) => client.query(text, [...values]).then(({ rows }) => rows as SqlRow[])
}

/** The same for statements by themselves, on a client that is `store`'s: begun again at once, for nothing of them was done. */
export function runAlone(store: string, client: PostgresClient): Run {
  const rowsOf = ({ rows }: { readonly rows: unknown[] }): SqlRow[] => rows as SqlRow[]
  return (text, values) => {
    const query = () => {
      try {
        // before a repeat too: somebody may have begun a transaction on this connection in the pause
        refuseForeign(store, client)
      } catch (error) {
        return rejected(error)
      }
      return client.query(text, [...values])
    }
    return query().then(rowsOf, async (error: unknown) =>
      rowsOf(await repeatedAfter(error, MOST_REPEATS, query)),
    )
  }
}

export function isPool(client: PostgresClient): client is PostgresPool {
  return 'totalCount' in client
}

export function isPGlite(client: PostgresClient): client is PGliteDatabase {
  return 'transaction' in client
}

/** Whether it has a clock of its own to end claims by: PGlite's is the wall clock of its process, which may be set. */
export function hasClock(client: PostgresClient): boolean {
  return !isPGlite(client)
}

/** Whether its data ends with the process: then there is no folder. */
export function isInMemory(client: PostgresClient): boolean {
  return isPGlite(client) && (client.dataDir === undefined || client.dataDir.startsWith('memory://'))
}

export function checkClient(option: string, client: unknown): void {
  const { query, connect, transaction } = (client ?? {}) as Record<string, unknown>
  if (typeof query === 'function' && (typeof connect === 'function' || typeof transaction === 'function'))
    return
  throw optionError(option, client, 'Hand over a Pool or a Client of pg, or a PGlite.')
}

/**
 * Refuses a connection on which somebody else's transaction is open: what is written now would be undone by their
 * ROLLBACK after it was answered, what is read now may be as old as their snapshot. Older versions of pg cannot say.
 */
export function refuseForeign(store: string, client: PostgresClient): void {
  if (!('getTransactionStatus' in client)) return
  const status = client.getTransactionStatus()
  if (status !== 'T' && status !== 'E') return
  throw new IfMatchError(
    'ERR_TRANSACTION_ASYNC',
    `${store}: a transaction is open on this connection, and others would be inside it. Hand over the Pool instead; inside a transaction use the steps that it hands over (ERR_TRANSACTION_ASYNC, see docs/errors.md)`,
  )
}

import type { SqlRow } from '../sql/ledger-row.js'
import { ask, type MysqlQueries, type Reading } from './client.js'

/*
 * Several statements, of which one at most gives rows. What they need is one transaction, and one trip if it can be
 * had:
 *
 * - `block`: MariaDB's BEGIN NOT ATOMIC … END is one statement to the client, and may hold a whole transaction.
 * - `batch`: a connection whose application has set `multipleStatements` takes them at once.
 * - `single`: MySQL has neither; nor has it RETURNING. One after the other, in a transaction of a connection's own.
 */
export type Way = 'block' | 'batch' | 'single'

/** Runs them as they are, in whatever transaction the connection is in. */
export async function submit(
  on: MysqlQueries,
  way: Way,
  statements: readonly string[],
  reading: Reading,
): Promise<readonly SqlRow[]> {
  if (way === 'single' || statements.length === 1) {
    let rows: readonly SqlRow[] = []
    for (const statement of statements) {
      const result = await ask(on, statement, reading)
      if (Array.isArray(result)) rows = result as SqlRow[]
    }
    return rows
  }
  const joined = statements.join('; ')
  return only(await ask(on, way === 'block' ? `BEGIN NOT ATOMIC ${joined}; END` : joined, reading))
}

/** The one result that is rows; each other one is the header of a statement that wrote. */
function only(results: unknown): readonly SqlRow[] {
  if (!Array.isArray(results)) return []
  return ((results as unknown[]).find((result) => Array.isArray(result)) ?? []) as SqlRow[]
}

/** How a block tells that it must not run: somebody else's transaction would be committed by its own. */
export const FOREIGN = 'express-if-match: a transaction is open on this connection'

const REFUSE_FOREIGN = `IF @@in_transaction THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '${FOREIGN}'; END IF`

/**
 * The statements as a block that is a transaction of its own; `required`: undone where the last one gives no row. One
 * that fails leaves its transaction open, for whoever has the connection to himself.
 */
export function ownBlock(statements: readonly string[], required: boolean): string {
  return `BEGIN NOT ATOMIC ${REFUSE_FOREIGN}; ${transactionOf(statements, required)}; END`
}

/**
 * The same for a connection that others share: a failure is undone before the next statement comes. The handler is
 * left out only by a lost connection, whose transaction the server rolls back by itself.
 */
export function sharedBlock(statements: readonly string[], required: boolean): string {
  const undo = 'DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END'
  return `BEGIN NOT ATOMIC ${REFUSE_FOREIGN}; BEGIN ${undo}; ${transactionOf(statements, required)}; END; END`
}

function transactionOf(statements: readonly string[], required: boolean): string {
  const last = statements.at(-1) ?? ''
  const ending = required
    ? `IF EXISTS (${last}) THEN ${last}; COMMIT; ELSE ROLLBACK; END IF`
    : `${last}; COMMIT`
  return ['START TRANSACTION', ...statements.slice(0, -1), ending].join('; ')
}

/** One statement that reads, where it sees what is committed and nothing else. */
export function ownRead(statement: string): string {
  return `BEGIN NOT ATOMIC ${REFUSE_FOREIGN}; ${statement}; END`
}

export function rowsOfBlock(on: MysqlQueries, block: string, reading: Reading): Promise<readonly SqlRow[]> {
  return ask(on, block, reading).then(only)
}

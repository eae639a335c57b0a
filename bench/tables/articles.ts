import type { MaybePromise, Table } from 'express-if-match/core'

export interface Article {
  readonly id: number
  readonly title: string
  readonly text: string
  readonly version: number
}

/** What every write sets. */
export const CHANGE = { title: 'An article', text: 'the quick brown fox '.repeat(10) } as const

/** Rows of the table under measurement; each client writes its own ones, one after the other. */
export const ROWS = 1000

/** Which row a client writes next: of no other client, so that no write loses. */
export function rowsOf(clients: number): (client: number) => number {
  const share = Math.floor(ROWS / clients)
  const turns = Array.from({ length: clients }, () => 0)
  return (client) => {
    const turn = turns[client] ?? 0
    turns[client] = (turn + 1) % share
    return client * share + turn
  }
}

/** A write of one row, whatever its version is, and the row as it is then; undefined where nobody asks for that. */
export type Plain = (id: number) => MaybePromise<Article | undefined>

/** One database with a table of articles. */
export interface Articles {
  readonly name: string
  /** what an application without versions would do, by what it does; the first one carries the goal */
  readonly plain: Readonly<Record<string, Plain>>
  readonly table: Table<Article>
  close(): Promise<void>
}

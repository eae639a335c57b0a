import type { Ledger } from 'express-if-match/core'

/** Keys under measurement; each client claims its own ones, one after the other. */
export const KEYS = 1000

export function keyOf(index: number): string {
  return `articles/${index}`
}

/** What a claim asks for: ms. */
export const LEASE = 30_000

/** Two writes of one key, one after the other, under no condition. */
export type Twice = (index: number, token: string) => Promise<unknown>

/** One ledger, and beside it what two writes cost without it. */
export interface Claimed {
  readonly name: string
  readonly ledger: Ledger
  /** by what they do; the first one carries the goal */
  readonly plain: Readonly<Record<string, Twice>>
  close(): Promise<void>
}

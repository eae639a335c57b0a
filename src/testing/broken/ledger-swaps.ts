import type { LedgerRecord } from '../../core/record.js'
import type { LedgerFault } from './ledger-parts.js'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const tokenOf = (record: LedgerRecord): string | null => record.claim?.token ?? null
const beatOf = (record: LedgerRecord): number => record.claim?.beat ?? 0

/** Mistakes in what a swap compares, and in how it and a transaction are carried out. */
export const swapFaults: readonly LedgerFault[] = [
  // get, compare, put: right as long as nobody else is there
  {
    id: 'check-then-act',
    breaks: [
      'one-winner',
      'one-creator',
      'one-write-per-version',
      'no-move-is-lost',
      'renewal-or-takeover',
      'settle-or-takeover',
    ],
    parts: {
      swap: async (_atomic, { get, matches, put }) => {
        const stored = get()
        await turn()
        return matches(stored) ? { swapped: true, record: put() } : { swapped: false, record: stored }
      },
    },
  },
  // an atomic swap, beside a plain read that is older than it
  {
    id: 'loser-told-late',
    breaks: ['one-winner', 'one-creator', 'no-move-is-lost'],
    parts: {
      swap: async (atomic, { get }) => {
        const stored = get()
        await turn()
        const answer = atomic()
        return answer.swapped ? answer : { swapped: false, record: stored }
      },
    },
  },
  {
    id: 'count-ignored',
    breaks: [
      'reading-makes-no-entry',
      'absurd-counts-are-refused',
      'refusal-changes-nothing',
      'swap-compares-count',
      'one-creator',
      'one-write-per-version',
      'no-move-is-lost',
      'moved-under-a-claim',
      'crash-leaves-the-claim',
      'tombstone-keeps-the-count',
      'transaction-race',
    ],
    parts: { matches: (stored, { token, beat }) => tokenOf(stored) === token && beatOf(stored) === beat },
  },
  // a claim is granted over a claim
  {
    id: 'lease-ignored',
    breaks: [
      'swap-compares-token',
      'swap-compares-beat',
      'one-winner',
      'one-write-per-version',
      'renewal-or-takeover',
      'claim-over-a-claim',
      'takeover-with-an-old-beat',
      'crash-leaves-the-claim',
      'claim-cut-after-it-was-made',
    ],
    parts: { matches: (stored, { count }) => stored.count === count },
  },
  // a living claim is taken over by one who missed its renewal
  {
    id: 'beat-ignored',
    breaks: ['swap-compares-beat', 'renewal-or-takeover', 'takeover-with-an-old-beat'],
    parts: { matches: (stored, { count, token }) => stored.count === count && tokenOf(stored) === token },
  },
  {
    id: 'no-rollback',
    breaks: [
      'transaction-rolls-back',
      'transaction-holds-both',
      'transaction-is-seen-when-it-commits',
      'transaction-async-work',
    ],
    parts: { rollsBack: false },
  },
  {
    id: 'no-commit',
    breaks: [
      'transaction-commits',
      'transaction-holds-both',
      'transaction-is-seen-when-it-commits',
      'transaction-race',
    ],
    parts: { commits: false },
  },
  { id: 'async-work-let-in', breaks: ['transaction-async-work'], parts: { refusesPromises: false } },
]

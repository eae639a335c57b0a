import { unseen } from '../../core/record.js'
import { written } from './ledger-parts.js'
import type { LedgerFault } from './ledger-parts.js'

/** Mistakes in what is written and kept of a record. */
export const recordFaults: readonly LedgerFault[] = [
  // the row goes when the resource goes
  {
    id: 'tombstone-forgotten',
    breaks: ['tombstone-keeps-the-count', 'version-never-returns', 'existence-is-kept'],
    parts: { keeps: ({ existence, claim }) => existence !== 'deleted' || claim !== null },
  },
  // the end of a dead claim frees the key, and says nothing of what its handler may have written
  {
    id: 'expiry-as-release',
    breaks: [
      'no-move-is-lost',
      'expired-and-overtaken',
      'crash-leaves-the-claim',
      'version-never-returns',
      'transaction-commits',
      'transaction-holds-both',
      'transaction-is-seen-when-it-commits',
      'transaction-race',
    ],
    parts: {
      written: (stored, to) => {
        const expired = to.token === null && to.existence === 'unknown'
        return written(stored, expired ? { ...to, count: stored.count } : to)
      },
    },
  },
  {
    id: 'unseen-is-absent',
    breaks: ['unseen-is-unknown'],
    parts: { unseen: () => ({ ...unseen(), existence: 'deleted' }) },
  },
  {
    id: 'left-out-existence-reset',
    breaks: ['left-out-members-stay', 'released-claim', 'existence-is-kept'],
    parts: { written: (stored, to) => written({ ...stored, existence: 'unknown' }, to) },
  },
  {
    id: 'left-out-settled-reset',
    breaks: ['left-out-members-stay'],
    parts: { written: (stored, to) => written({ ...stored, settled: null }, to) },
  },
  {
    id: 'settled-not-kept',
    breaks: [
      'left-out-members-stay',
      'settle-cut-before-it-was-made',
      'settle-cut-after-it-was-made',
      'lookalike-keys',
      'independent-keys',
    ],
    parts: { written: (stored, to) => ({ ...written(stored, to), settled: null }) },
  },
  {
    id: 'fence-not-raised',
    breaks: ['fence-grows-with-every-claim'],
    parts: { written: (stored, to) => written(stored, { ...to, raiseFence: false }) },
  },
  {
    id: 'fence-of-one-life',
    breaks: ['fence-grows-with-every-claim'],
    parts: {
      written: (stored, to) => ({
        ...written(stored, to),
        ...(to.existence === 'deleted' ? { fence: 0 } : {}),
      }),
    },
  },
  {
    id: 'doubt-forgotten',
    breaks: ['swap-writes-the-record', 'overtaken-by-a-second-claim', 'moved-under-a-claim'],
    parts: { written: (stored, to) => written(stored, { ...to, doubtful: false }) },
  },
  // a column too short, and no error
  {
    id: 'tokens-cut',
    breaks: [
      'swap-writes-the-record',
      'settle-cut-after-it-was-made',
      'claim-cut-before-it-was-made',
      'claim-cut-after-it-was-made',
    ],
    parts: { written: (stored, to) => written(stored, { ...to, token: to.token?.slice(0, 4) ?? null }) },
  },
  // what a caller holds changes under its hands
  {
    id: 'records-shared',
    breaks: ['answers-are-snapshots', 'swap-writes-the-record'],
    parts: {
      answer(record, key, views) {
        const view = Object.assign(views.get(key) ?? {}, record)
        views.set(key, view)
        return view
      },
    },
  },
]

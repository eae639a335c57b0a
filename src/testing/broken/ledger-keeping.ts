import type { LedgerFault } from './ledger-parts.js'

/** Mistakes in how time, keys and runs of the store are told apart. */
export const keepingFaults: readonly LedgerFault[] = [
  // counts start anew with the process, and call themselves the same
  { id: 'epoch-kept', breaks: ['restart'], parts: { epoch: () => '' } },
  {
    id: 'epoch-of-each-handle',
    breaks: ['versions-round-trip'],
    parts: { epoch: () => Math.random().toString(36).slice(2) },
  },
  {
    id: 'process-clock',
    breaks: ['remaining-falls', 'remaining-runs-out', 'renewal-extends', 'process-clock-does-not-count'],
    parts: { time: () => Date.now() },
  },
  {
    id: 'clock-stands-still',
    breaks: ['remaining-falls', 'remaining-runs-out', 'renewal-extends'],
    parts: { time: () => 0 },
  },
  {
    id: 'no-time-told',
    breaks: [
      'remaining-only-with-a-clock',
      'remaining-falls',
      'remaining-runs-out',
      'renewal-extends',
      'process-clock-does-not-count',
    ],
    parts: { time: undefined },
  },
  // a column whose collation folds case, and trims
  { id: 'keys-folded', breaks: ['lookalike-keys'], parts: { entryKey: (key) => key.trim().toLowerCase() } },
  { id: 'keys-cut', breaks: ['lookalike-keys'], parts: { entryKey: (key) => key.slice(0, 255) } },
  // a driver that hands texts to C
  {
    id: 'keys-end-at-nul',
    breaks: ['lookalike-keys'],
    parts: { entryKey: (key) => key.split('\0', 1).join() },
  },
  {
    id: 'keys-in-utf8',
    breaks: ['lookalike-keys'],
    parts: { entryKey: (key) => new TextDecoder().decode(new TextEncoder().encode(key)) },
  },
  { id: 'keys-decoded', breaks: ['lookalike-keys'], parts: { entryKey: (key) => key.replace(/%2f/gi, '/') } },
  // a plain object has more members than it was given
  {
    id: 'keys-in-an-object',
    breaks: ['hostile-keys'],
    parts: {
      entryKey(key) {
        const inherited = ({} as Record<string, unknown>)[key]
        if (inherited !== undefined) throw new TypeError(`${key} is no record`)
        return key
      },
    },
  },
  // a cache: claims go with the rest, and counts start anew
  { id: 'forgets-when-full', breaks: ['claims-outlive-other-keys'], parts: { room: 200 } },
  { id: 'reading-makes-an-entry', breaks: ['reading-makes-no-entry'], parts: { entersOnRead: true } },
  // WHERE key IN (…) answers in its own order, and once for a key that is asked twice
  {
    id: 'many-unordered',
    breaks: ['get-many-in-order', 'hostile-keys', 'lookalike-keys'],
    parts: { many: (keys, get) => [...new Set(keys)].sort().map(get) },
  },
  // the columns of the version, and not those of the claim
  {
    id: 'many-without-claims',
    breaks: ['get-many-in-order'],
    parts: { many: (keys, get) => keys.map((key) => ({ ...get(key), claim: null })) },
  },
]

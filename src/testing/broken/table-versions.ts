import { CORRECT } from './table-parts.js'
import type { TableFault } from './table-parts.js'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Mistakes in what is compared, in what a version is, and in how a transaction ends. */
export const versionFaults: readonly TableFault[] = [
  // find, compare, write: right as long as nobody else is there
  {
    id: 'check-then-act',
    breaks: ['one-winner', 'update-or-delete'],
    parts: {
      write: async (_atomic, { find, matches, write }) => {
        const row = find()
        await turn()
        return row !== undefined && matches(row) ? write(row) : undefined
      },
    },
  },
  // the version that is compared is the one the server read a moment ago, not the client's
  {
    id: 'compared-with-a-fresh-read',
    breaks: [
      'update-with-a-stale-version',
      'update-one-of-old',
      'delete-one-of-old',
      'update-one-of-none',
      'delete-one-of-none',
      'one-winner',
      'update-or-delete',
      'second-life',
      'hostile-versions',
      'transaction-commits',
    ],
    parts: {
      holds: (expected, version) =>
        CORRECT.holds(expected.kind === 'one-of' ? { ...expected, versions: [version] } : expected, version),
    },
  },
  // all but the version of If-Match
  {
    id: 'expectations-ignored',
    breaks: [
      'update-absent',
      'delete-absent',
      'update-none-of-current',
      'delete-none-of-current',
      'update-none-of-several',
      'delete-none-of-several',
      'update-one-of-all-fails',
      'delete-one-of-all-fails',
      'update-last-of-all-fails',
      'delete-last-of-all-fails',
    ],
    parts: { holds: (expected, version) => expected.kind !== 'one-of' || CORRECT.holds(expected, version) },
  },
  // only the first of several versions
  {
    id: 'first-of-one-of',
    breaks: ['update-one-of-several', 'delete-one-of-several'],
    parts: {
      holds: (expected, version) =>
        CORRECT.holds(
          expected.kind === 'one-of' ? { ...expected, versions: expected.versions.slice(0, 1) } : expected,
          version,
        ),
    },
  },
  // `version = '01'` over a column of numbers
  {
    id: 'versions-as-numbers',
    breaks: ['hostile-versions'],
    parts: {
      holds: (expected, version) =>
        CORRECT.holds(
          expected.kind === 'one-of'
            ? { ...expected, versions: expected.versions.map((text) => String(Number(text))) }
            : expected,
          version,
        ),
    },
  },
  { id: 'anything-is-a-version', breaks: ['describes-itself'], parts: { isVersion: () => true } },
  {
    id: 'every-update-refused',
    breaks: [
      'update',
      'delete',
      'update-unconditional',
      'delete-unconditional',
      'update-exists',
      'delete-exists',
      'update-one-of-current',
      'delete-one-of-current',
      'update-none-of-old',
      'delete-none-of-old',
      'update-none-of-current',
      'delete-none-of-current',
      'update-none-of-none',
      'delete-none-of-none',
      'update-all-hold',
      'delete-all-hold',
    ],
    parts: { holds: () => false },
  },
  // the count is the row's own, and goes with it
  {
    id: 'version-restarts-at-1',
    breaks: ['second-life', 'version-never-returns', 'insert-chooses-no-version'],
    parts: { firstVersion: () => 1, nextVersion: (_, row) => Number(row.version) + 1 },
  },
  // the version is a hash: what looks the same is the same
  {
    id: 'version-by-content',
    breaks: [
      'update-with-the-same-values',
      'second-life',
      'version-never-returns',
      'insert-chooses-no-version',
    ],
    parts: {
      firstVersion: () => 1,
      nextVersion: (serial, row, { title }) => (title === row.title ? Number(row.version) : serial),
    },
  },
  // one version for all that is written within its resolution
  {
    id: 'version-of-the-clock',
    breaks: ['one-winner', 'no-version-twice', 'second-life', 'version-never-returns'],
    parts: { nextVersion: (serial) => Math.ceil(serial / 5) * 5 },
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
    breaks: ['transaction-commits', 'transaction-holds-both', 'transaction-is-seen-when-it-commits'],
    parts: { commits: false },
  },
  { id: 'async-work-let-in', breaks: ['transaction-async-work'], parts: { refusesPromises: false } },
]

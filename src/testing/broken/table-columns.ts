import { CORRECT, only } from './table-parts.js'
import type { TableFault } from './table-parts.js'

/** Mistakes in which row is meant, and in what of it is written. */
export const columnFaults: readonly TableFault[] = [
  {
    id: 'mass-assignment',
    breaks: [
      'insert-chooses-no-version',
      'only-columns-owner',
      'only-columns-owner-alone',
      'only-columns-not-a-column',
      'id-and-version-in-the-change',
    ],
    parts: { settable: (change) => change },
  },
  {
    id: 'id-and-version-settable',
    breaks: ['insert-chooses-no-version', 'id-and-version-in-the-change'],
    parts: { settable: only('id', 'version', 'title', 'note') },
  },
  // an upsert
  {
    id: 'update-makes-a-row',
    breaks: ['nothing-there', 'delete', 'update-or-delete', 'hostile-ids', 'identity-that-is-no-text'],
    parts: {
      write: (atomic, { find, write }) =>
        atomic() ??
        (find() === undefined
          ? write({ id: '', version: 1, title: '', note: null, owner: null })
          : undefined),
    },
  },
  {
    id: 'a-column-left-out',
    breaks: ['insert', 'update', 'hostile-ids'],
    parts: { settable: only('title') },
  },
  // the name of a column goes into the statement as it came
  {
    id: 'names-unquoted',
    breaks: ['only-columns-injection'],
    parts: {
      settable: (change) => ({
        ...CORRECT.settable(change),
        ...(Object.keys(change).some((name) => /^owner\W/.test(name)) && { owner: 'mallory' }),
      }),
    },
  },
  {
    id: 'merged-with-its-prototype',
    breaks: ['only-columns-prototype'],
    parts: {
      settable: (change) => ({
        ...CORRECT.settable(change),
        ...(Object.getOwnPropertyDescriptor(change, '__proto__')?.value as object | undefined),
      }),
    },
  },
  // INSERT … ON CONFLICT DO UPDATE
  { id: 'insert-over-a-row', breaks: ['insert-over-a-row', 'one-creator'], parts: { insertOver: true } },
  // an update that answers with what it read
  { id: 'row-from-before', breaks: ['update', 'one-winner'], parts: { answer: (before) => before } },
  // a column whose collation folds case, and trims
  {
    id: 'ids-folded',
    breaks: ['lookalike-ids'],
    parts: { rowKey: (identity, rows) => CORRECT.rowKey(identity, rows)?.trim().toLowerCase() },
  },
  {
    id: 'ids-cut',
    breaks: ['lookalike-ids'],
    parts: { rowKey: (identity, rows) => CORRECT.rowKey(identity, rows)?.slice(0, 255) },
  },
  // an identity that is no text is left out of the predicate
  {
    id: 'ids-of-any-type',
    breaks: ['identity-that-is-no-text'],
    parts: { rowKey: (identity, rows) => CORRECT.rowKey(identity, rows) ?? [...rows.keys()].at(-1) },
  },
  // a plain object has more members than it was given
  {
    id: 'ids-in-an-object',
    breaks: ['hostile-ids'],
    parts: {
      rowKey(identity, rows) {
        const key = CORRECT.rowKey(identity, rows) ?? ''
        if (({} as Record<string, unknown>)[key] !== undefined) throw new TypeError(`${key} is no row`)
        return key
      },
    },
  },
]

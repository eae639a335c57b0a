import type { SqliteStatement } from './database.js'

/** Statements that are prepared once. */
export interface KeptStatements {
  get(key: readonly string[], prepare: () => SqliteStatement): SqliteStatement
}

interface Branch {
  readonly next: Map<string, Branch>
  statement: SqliteStatement | undefined
}

/** Who sets other columns each time would fill the memory. */
const MOST = 100

/** The parts of a key are looked for one by one: to put them together for each write would cost more than the rest. */
export function keptStatements(): KeptStatements {
  let root: Branch = { next: new Map(), statement: undefined }
  let size = 0
  /** most writes set the columns that the one before them has set */
  let last: { readonly key: readonly string[]; readonly statement: SqliteStatement } | undefined

  const found = (key: readonly string[], prepare: () => SqliteStatement): SqliteStatement => {
    let branch = root
    for (const part of key) {
      let next = branch.next.get(part)
      if (next === undefined) branch.next.set(part, (next = { next: new Map(), statement: undefined }))
      branch = next
    }
    if (branch.statement !== undefined) return branch.statement
    const statement = prepare()
    if (size === MOST) {
      root = { next: new Map(), statement: undefined }
      size = 0
      return statement
    }
    size += 1
    branch.statement = statement
    return statement
  }

  return {
    get(key, prepare) {
      if (last === undefined || !isSame(last.key, key)) last = { key, statement: found(key, prepare) }
      return last.statement
    },
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false
  return true
}

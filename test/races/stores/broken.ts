import { swapFrom } from '../../../src/core/machine.js'
import { sqliteLedger, sqliteTable } from '../../../src/stores/sqlite.js'
import type { Ledger } from '../../../src/core/ledger.js'
import { dataOf, sqliteStore } from './sqlite.js'
import type { ItemRow, SharedStore } from './store.js'

/*
 * Stores as people write them, and that lose updates: what the races are for. Each is right but for one thing, and
 * wrong only where several processes, or several requests, come together.
 */

const COLUMNS = ['value', 'base', 'note'] as const

/** Makes the swap whatever stands there by then. */
function force(ledger: Ledger, key: string, to: Parameters<Ledger['compareAndSwap']>[1]['to']) {
  for (;;) {
    const stored = ledger.get(key)
    if (stored instanceof Promise) throw new TypeError('SQLite answers at once')
    const result = ledger.compareAndSwap(key, { from: swapFrom(stored), to })
    if (result instanceof Promise || result.swapped) return result
  }
}

export const brokenStores: readonly SharedStore[] = [
  sqliteStore('broken ledger: it checks, and then acts', 'ledger', (db) => {
    const ledger = sqliteLedger(db)
    const broken: Ledger = {
      ...ledger,
      async compareAndSwap(key, { from, to }) {
        const stored = ledger.get(key)
        const found = swapFrom(stored)
        if (found.count !== from.count || found.token !== from.token || found.beat !== from.beat)
          return { swapped: false, record: stored }
        await new Promise((resolve) => setImmediate(resolve))
        return force(ledger, key, to)
      },
    }
    return { way: 'ledger', ledger: broken, data: dataOf(db) }
  }),
  sqliteStore('broken table: its update has no predicate', 'row', (db) => {
    const table = sqliteTable<ItemRow>(db, { name: 'items', columns: COLUMNS })
    const update: typeof table.update = (identity, _expected, change) =>
      table.update(identity, { kind: 'unconditional' }, change)
    return { way: 'table', table: { ...table, update } }
  }),
]

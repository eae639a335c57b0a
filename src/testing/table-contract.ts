import type { ContractCase } from './contract.js'
import type { TableSubject } from './subjects.js'
import { columns } from './table/columns.js'
import { expectations } from './table/expectations.js'
import { lives } from './table/lives.js'
import { races } from './table/races.js'
import { rows } from './table/rows.js'
import { transactions } from './table/transactions.js'
import { values } from './table/values.js'

/** Everything that `write.update`, `insert` and `delete` rely on in a table. */
export const tableContract: readonly ContractCase<TableSubject>[] = [
  ...rows,
  ...expectations,
  ...races,
  ...lives,
  ...columns,
  ...values,
  ...transactions,
]

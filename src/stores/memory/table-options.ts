import { optionError } from '../../core/errors.js'
import { checkOptions } from './options.js'

export interface MemoryTableOptions<Row> {
  /** the column that names a row, `id` by default */
  readonly id?: NoInfer<keyof Row & string>
  /** the column that counts a row's states, `version` by default; the table alone writes it */
  readonly version?: NoInfer<keyof Row & string>
  /** what `insert` and `update` may set; by default every column but those two */
  readonly columns?: readonly NoInfer<keyof Row & string>[]
  /** what the table starts with; a row without a version starts at 1 */
  readonly rows?: readonly Row[]
}

/** The options with their defaults; without `columns`, every one but id and version may be set. */
export interface Checked {
  readonly id: string
  readonly version: string
  readonly columns: readonly string[] | undefined
  readonly rows: readonly unknown[]
}

export function readTableOptions<Row>(options: MemoryTableOptions<Row>): Checked {
  checkOptions('memoryTable', options, ['id', 'version', 'columns', 'rows'])
  const { id = 'id', version = 'version', columns, rows = [] } = options
  if (!isName(id)) throw optionError('id', id, 'Give memoryTable the name of the column.')
  if (!isName(version)) throw optionError('version', version, 'Give memoryTable the name of the column.')
  if (id === version)
    throw optionError('version', version, 'Give memoryTable two columns, one for id and one for version.')
  if (!Array.isArray(rows)) throw optionError('rows', rows, 'Give memoryTable an array of objects.')
  if (columns === undefined) return { id, version, columns, rows }
  if (!Array.isArray(columns) || !columns.every(isName))
    throw optionError('columns', columns, 'Give memoryTable an array of column names.')
  const fixed = columns.find((name) => name === id || name === version)
  if (fixed !== undefined)
    throw optionError('columns', fixed, 'Leave the id and the version out: nobody may set them.')
  return { id, version, columns: [...columns], rows }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

import type { VersionType } from './version-rule.js'

/** What every SQL table is told of the application's own table. */
export interface SqlTableOptions<Row extends object> {
  /** the table's name, as data: it is quoted, so a schema cannot stand in front of it */
  readonly name: string
  /** its primary key, or unique columns; `id` */
  readonly id?: (keyof Row & string) | readonly (keyof Row & string)[]
  /** the version column, NOT NULL; `version` */
  readonly version?: keyof Row & string
  /** what the version column holds; `integer` */
  readonly versionType?: VersionType
  /** what `update` and `insert` may set */
  readonly columns: readonly (keyof Row & string)[]
  /**
   * a nullable column for a moment. Where it is named, `delete` sets it and keeps the row, a row that has it set is not
   * there for anybody, and an `insert` of the same id brings that row back under a further version
   */
  readonly deleted?: keyof Row & string
  /** the version of a row that is inserted, where versions are integers: a whole number above any that a row of this id ever had */
  readonly start?: () => number
}

export const TABLE_OPTIONS = ['name', 'id', 'version', 'versionType', 'columns', 'deleted', 'start']

import assert from 'node:assert/strict'
import type { Expectation } from '../../core/expectation.js'
import type { ContractRow } from '../subjects.js'
import { ABSENT, ALWAYS, EXISTS, insert, noneOf, oneOf, stands, update } from './driver.js'
import type { AnyTable, TableCase } from './driver.js'

/** What a client may demand of a row that stands there. */
interface Demand {
  readonly holds: boolean
  /** of the current version, and of an older one of the same row */
  readonly of: (current: string, old: string) => Expectation
}

const all = (...of: Expectation[]): Expectation => ({ kind: 'all', of })

const DEMANDS: Readonly<Record<string, Demand>> = {
  unconditional: { holds: true, of: () => ALWAYS },
  exists: { holds: true, of: () => EXISTS },
  absent: { holds: false, of: () => ABSENT },
  'one-of-current': { holds: true, of: (current) => oneOf(current) },
  'one-of-several': { holds: true, of: (current, old) => oneOf(old, current, old) },
  'one-of-old': { holds: false, of: (_, old) => oneOf(old) },
  'one-of-none': { holds: false, of: () => oneOf() },
  'none-of-old': { holds: true, of: (_, old) => noneOf(old) },
  'none-of-current': { holds: false, of: (current) => noneOf(current) },
  'none-of-several': { holds: false, of: (current, old) => noneOf(old, current) },
  'none-of-none': { holds: true, of: () => noneOf() },
  // a header and a body version, which must both hold
  'all-hold': { holds: true, of: (current) => all(oneOf(current), EXISTS, oneOf(current)) },
  'one-of-all-fails': { holds: false, of: (current, old) => all(oneOf(current), oneOf(old)) },
  'last-of-all-fails': { holds: false, of: (current) => all(EXISTS, noneOf('0'), ABSENT, oneOf(current)) },
}

/** A row that has had a version before. */
async function changed(table: AnyTable, id: string): Promise<{ old: string; row: ContractRow }> {
  const first = await insert(table, id)
  return { old: table.versionOf(first), row: await update(table, first, 'current') }
}

function demandCases([name, { holds, of }]: [string, Demand]): readonly TableCase[] {
  return [
    {
      id: `table/update-${name}`,
      requires: [],
      async run(subject) {
        const table = await subject.open()
        const { old, row } = await changed(table, subject.id())
        const expected = of(table.versionOf(row), old)
        const next = await table.update({ id: row.id }, expected, { title: 'next' })
        assert.equal(
          next !== undefined,
          holds,
          `update where ${name} ${holds ? 'matched nothing' : 'matched'}`,
        )
        await stands(table, next ?? row, 'the row is not what the update answered')
      },
    },
    {
      id: `table/delete-${name}`,
      requires: [],
      async run(subject) {
        const table = await subject.open()
        const { old, row } = await changed(table, subject.id())
        const gone = await table.delete({ id: row.id }, of(table.versionOf(row), old))
        assert.equal(
          gone !== undefined,
          holds,
          `delete where ${name} ${holds ? 'matched nothing' : 'matched'}`,
        )
        assert.equal((await table.find({ id: row.id })) === undefined, holds)
      },
    },
  ]
}

/** Every kind of expectation, in front of an update and of a delete. */
export const expectations: readonly TableCase[] = Object.entries(DEMANDS).flatMap(demandCases)

import { expect, it, vi } from 'vitest'
import { unseen } from '../../src/core/record.js'
import type { LedgerSteps } from '../../src/core/ledger.js'
import { sqliteLedger, sqliteTable } from '../../src/stores/sqlite.js'
import { closing, onEachDriver, temporaryFile, tidyUp } from './sqlite-drivers.js'

tidyUp()

interface Note {
  id: number
  text: string
  version: number
}

const from = { count: 0, token: null, beat: 0 }
const to = { count: 1, token: null, beat: 0, lease: 0, doubtful: false, raiseFence: false }
const asyncError = expect.objectContaining({ code: 'ERR_TRANSACTION_ASYNC' })

onEachDriver('a transaction', (driver) => {
  function setUp(file = ':memory:') {
    const db = closing(driver.open(file))
    db.exec('CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT, version INTEGER NOT NULL)')
    const ledger = sqliteLedger(db)
    const table = sqliteTable<Note>(db, { name: 'notes', columns: ['text'] })
    const state = () => [ledger.get('k').count, db.prepare('SELECT count(*) AS n FROM notes').all()]
    return { db, ledger, table, state }
  }
  const NOTHING = [0, [expect.objectContaining({ n: 0 })]]
  const BOTH = [1, [expect.objectContaining({ n: 1 })]]

  it('commits the version and the data together, and hands over the connection', () => {
    const { db, ledger, table, state } = setUp()
    const answer = ledger.transaction((steps, same) => {
      expect(same).toBe(db)
      expect(steps.compareAndSwap('k', { from, to }).swapped).toBe(true)
      expect(steps.get('k').count).toBe(1)
      table.insert({ id: 1 }, { text: 'a' })
      return 'done'
    })
    expect(answer).toBe('done')
    expect(state()).toEqual(BOTH)
  })

  it('is gone whole when its work throws, and the error is the one that was thrown', () => {
    const { db, ledger, table, state } = setUp()
    const error = new Error('no')
    expect(() =>
      ledger.transaction((steps) => {
        steps.compareAndSwap('k', { from, to })
        table.insert({ id: 1 }, { text: 'a' })
        throw error
      }),
    ).toThrow(error)
    expect(state()).toEqual(NOTHING)
    expect(() =>
      table.transaction((steps) => {
        steps.insert({ id: 1 }, { text: 'a' })
        db.exec('INSERT INTO nowhere VALUES (1)')
      }),
    ).toThrow('no such table')
    expect(state()).toEqual(NOTHING)
  })

  it('refuses asynchronous work, undoes what it did so far, and swallows its late rejection', async () => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    const { ledger, state } = setUp()
    let late: Promise<unknown> | undefined
    let steps: LedgerSteps | undefined
    expect(() =>
      ledger.transaction((given) => {
        given.compareAndSwap('k', { from, to })
        steps = given
        late = (async () => {
          await Promise.resolve()
          given.compareAndSwap('k', { from, to })
        })()
        return late
      }),
    ).toThrow(asyncError)
    expect(state()).toEqual(NOTHING)
    // what goes on after its await finds the steps closed
    await expect(late).rejects.toEqual(asyncError)
    expect(() => steps?.get('k')).toThrow(asyncError)
    expect(() => ledger.transaction(() => Promise.reject(new Error('late')))).toThrow(asyncError)
    await new Promise(setImmediate)
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
    expect(state()).toEqual(NOTHING)
  })

  it('does not start a lazy query that its work answers with', async () => {
    const { ledger } = setUp()
    const then = vi.fn()
    expect(() => ledger.transaction(() => ({ then }))).toThrow(asyncError)
    expect(() => ledger.transaction(() => Object.assign(() => 1, { then }))).toThrow(asyncError)
    // a promise that adopts it would call it in a later turn
    await new Promise(setImmediate)
    expect(then).not.toHaveBeenCalled()
    expect(ledger.transaction(() => ({ then: 'a column of that name' }))).toEqual({
      then: 'a column of that name',
    })
    expect(ledger.transaction(() => null)).toBe(null)
  })

  it('does not nest', () => {
    const { db, ledger, table, state } = setUp()
    for (const inner of [
      () => ledger.transaction(() => 1),
      () => table.transaction(() => 1),
      () => ledger.get('k'),
      () => ledger.getMany(['k']),
      () => ledger.compareAndSwap('k', { from, to }),
    ]) {
      expect(() =>
        ledger.transaction((steps) => {
          steps.compareAndSwap('k', { from, to })
          inner()
        }),
      ).toThrow(asyncError)
      expect(state()).toEqual(NOTHING)
    }
    db.exec('BEGIN')
    expect(() => ledger.transaction(() => 1)).toThrow(asyncError)
    // somebody else's transaction is theirs to end
    db.exec('INSERT INTO notes VALUES (1, NULL, 1)')
    db.exec('COMMIT')
    expect(state()).toEqual([0, [expect.objectContaining({ n: 1 })]])
  })

  it('tells a driver that does not know of its transactions by its message', () => {
    const { db } = setUp()
    const ledger = sqliteLedger({ exec: (sql) => db.exec(sql), prepare: (sql) => db.prepare(sql) })
    expect(() => ledger.transaction(() => ledger.transaction(() => 1))).toThrow(asyncError)
    expect(ledger.compareAndSwap('k', { from, to }).swapped).toBe(true)
  })

  it('rolls back when it cannot be committed', () => {
    const { db, ledger, state } = setUp()
    db.exec('PRAGMA foreign_keys = ON')
    db.exec('CREATE TABLE children (note INTEGER REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED)')
    expect(() =>
      ledger.transaction((steps) => {
        steps.compareAndSwap('k', { from, to })
        db.exec('INSERT INTO children VALUES (7)')
      }),
    ).toThrow('FOREIGN KEY constraint failed')
    expect(state()).toEqual(NOTHING)
    expect(ledger.transaction((steps) => steps.compareAndSwap('k', { from, to }).swapped)).toBe(true)
  })

  it('that its own work has ended is an error, and not taken for committed', () => {
    const { db, ledger } = setUp()
    expect(() =>
      ledger.transaction(() => {
        db.exec('ROLLBACK')
      }),
    ).toThrow('no transaction is active')
    expect(ledger.get('k')).toEqual(unseen())
  })

  it('is seen by others when it has committed, and not before', () => {
    const file = temporaryFile()
    const { ledger } = setUp(file)
    const other = setUp(file)
    ledger.transaction((steps) => {
      steps.compareAndSwap('k', { from, to })
      expect(other.ledger.get('k').count).toBe(0)
    })
    expect(other.ledger.get('k').count).toBe(1)
  })
})

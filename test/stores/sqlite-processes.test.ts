import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, it, vi } from 'vitest'
import { unseen } from '../../src/core/record.js'
import { sqliteLedger, sqliteTable } from '../../src/stores/sqlite.js'
import { closing, onEachDriver, temporaryFile, tidyUp } from './sqlite-drivers.js'
import type { Race } from './sqlite-worker.js'

const worker = new URL('./sqlite-worker.ts', import.meta.url)
const children: ChildProcess[] = []

// starting a process takes its time on a busy machine
vi.setConfig({ testTimeout: 120_000 })

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
tidyUp()

onEachDriver('processes on one file', (driver) => {
  async function start(file: string, job: string, rounds = 0): Promise<ChildProcess> {
    const child = fork(worker, [driver.name, file, job, String(rounds)], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    children.push(child)
    await once(child, 'message')
    return child
  }

  /** All are ready before the first is told to go. */
  async function race(file: string, job: string, rounds: number, processes = 4): Promise<Race[]> {
    const runners = await Promise.all(Array.from({ length: processes }, () => start(file, job, rounds)))
    const answers = runners.map((child) =>
      Promise.race([once(child, 'message') as Promise<[Race]>, died(child)]),
    )
    for (const child of runners) child.send('go')
    return (await Promise.all(answers)).map(([answer]) => answer)
  }

  async function died(child: ChildProcess): Promise<never> {
    const [code] = (await once(child, 'exit')) as [number | null]
    throw new Error(`a worker ended with ${code} and no answer`)
  }

  function withNotes(file: string) {
    const db = closing(driver.open(file))
    db.exec(`CREATE TABLE notes (id INTEGER PRIMARY KEY, writer INTEGER, version INTEGER NOT NULL);
      INSERT INTO notes VALUES (1, 0, 0)`)
    return db
  }

  const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
  const sum = (results: readonly Race[], member: 'lost' | 'lies') =>
    results.reduce((total, result) => total + result[member], 0)

  it('have one winner for every swap of one key, and tell every loser of a newer state', async () => {
    const file = temporaryFile()
    const results = await race(file, 'same-key', 2000)
    const won = results.flatMap((result) => result.won as number[])
    expect(won.sort((a, b) => a - b)).toEqual(numbers(1, 2000))
    expect(sum(results, 'lies')).toBe(0)
    expect(sum(results, 'lost')).toBeGreaterThan(0)
    expect(sqliteLedger(closing(driver.open(file))).get('k')).toEqual({ ...unseen(), count: 2000 })
  })

  it('have one winner for every key that nobody had seen', async () => {
    const results = await race(temporaryFile(), 'new-keys', 300)
    const won = results.flatMap((result) => result.won as string[])
    expect(new Set(won).size).toBe(300)
    expect(won).toHaveLength(300)
    expect(sum(results, 'lost')).toBe(900)
    expect(sum(results, 'lies')).toBe(0)
  })

  it('have one winner for every version of a row', async () => {
    const file = temporaryFile()
    withNotes(file)
    const results = await race(file, 'same-row', 1000)
    const won = results.flatMap((result) => result.won.map(Number))
    expect(won.sort((a, b) => a - b)).toEqual(numbers(1, 1000))
    expect(sum(results, 'lies')).toBe(0)
    expect(sum(results, 'lost')).toBeGreaterThan(0)
  })

  it('leave nothing behind when one is killed in the middle of a transaction', async () => {
    const file = temporaryFile()
    const db = withNotes(file)
    const ledger = sqliteLedger(db, { busyTimeout: 0 })
    const child = await start(file, 'hang')
    child.send('go')
    await once(child.stdout!, 'data')
    const swap = { from: { count: 0, token: null, beat: 0 }, to: { count: 1, token: null, beat: 0 } }
    const mine = { ...swap, to: { ...swap.to, lease: 0, doubtful: false, raiseFence: false } }
    // it holds the lock, so the kill does come in the middle
    expect(() => ledger.compareAndSwap('k', mine)).toThrow('database is locked')
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(ledger.get('k')).toEqual(unseen())
    const table = sqliteTable(db, { name: 'notes', columns: ['writer'] as never })
    expect(table.find({ id: 1 })).toMatchObject({ writer: 0, version: 0 })
    expect(ledger.compareAndSwap('k', mine).swapped).toBe(true)
  })
})

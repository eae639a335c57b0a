import { expect, it } from 'vitest'
import { claim, swapFrom, swapTo } from '../../src/core/machine.js'
import { unseen } from '../../src/core/record.js'
import { mysqlLedger } from '../../src/stores/mysql.js'
import { database, onEachWay, rows, tableName, waitUntilBlocked } from './mysql-support.js'

const LEASE = 30_000
const take = { from: swapFrom(unseen()), to: swapTo(unseen(), claim(unseen(), 't1', LEASE)!) }

onEachWay('the clock of a mysqlLedger', (way) => {
  const server = database()

  it('is that of the server, whatever zones its sessions are in', async () => {
    const table = tableName()
    const ledgers = ['+00:00', '+05:30', '-11:00', '+13:00'].map((zone) => {
      const pool = server.pool(way)
      // sent before anything else on that connection
      pool.on('connection', (connection) => void connection.query(`SET time_zone = '${zone}'`))
      return mysqlLedger(pool, { table })
    })
    for (const [n, ledger] of ledgers.entries()) {
      const { record } = await ledger.compareAndSwap(`k/${n}`, take)
      expect(record.claim?.remaining).toBe(LEASE)
      for (const other of ledgers) {
        const left = (await other.get(`k/${n}`)).claim?.remaining
        expect(left).toBeLessThanOrEqual(LEASE)
        // no zone is off by less than that
        expect(left).toBeGreaterThan(LEASE - 30_000)
      }
    }
  })

  it('begins a lease when the claim is made, and not when it began to wait for a lock', async () => {
    const pool = server.pool(way)
    const table = tableName()
    const ledger = mysqlLedger(pool, { table })
    await ledger.compareAndSwap('k', { ...take, to: { ...take.to, count: 5, token: null, lease: 0 } })
    const holder = await server.connection()
    await holder.beginTransaction()
    await holder.query(`SELECT * FROM ${table} FOR UPDATE`)
    const waiting = ledger.compareAndSwap('k', {
      from: { count: 5, token: null, beat: 0 },
      to: { ...take.to, count: 5 },
    })
    await waitUntilBlocked(await server.connection(), server.name)
    const [released] = await rows(holder, 'SELECT UTC_TIMESTAMP(6) + INTERVAL 30 SECOND AS end')
    await holder.commit()
    expect((await waiting).swapped).toBe(true)
    const [stored] = await rows(pool, `SELECT expires FROM ${table}`)
    expect(Number(stored?.expires)).toBeGreaterThanOrEqual(Number(released?.end))
  })
})

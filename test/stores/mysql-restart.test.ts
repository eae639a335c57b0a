import express from 'express'
import { ifMatch, problems } from 'express-if-match'
import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise'
import { expect, it, onTestFinished, vi } from 'vitest'
import { claimsOver } from '../../src/claims/claims.js'
import { systemClock } from '../../src/express/system-clock.js'
import { mysqlLedger, mysqlTable } from '../../src/stores/mysql.js'
import { start } from '../support/http.js'
import type { OwnServer } from '../support/own-server.js'
import { ownMariadb } from '../support/own-servers.js'
import { oneOf } from './mysql-support.js'

vi.setConfig({ testTimeout: 120_000 })

const KEY = 'articles/1'
const WRITTEN = { kind: 'written', existence: 'present' } as const

/** that a commit was on disk before the crash, by chance, is rare */
const TRIES = 10

async function serverOf(): Promise<OwnServer> {
  const server = await ownMariadb.create()
  onTestFinished(() => server.end())
  return server
}

function clientOf({ port }: OwnServer): Pool {
  const pool = createPool({ uri: `mysql://root@127.0.0.1:${port}/test`, connectionLimit: 2 })
  onTestFinished(() => pool.end().catch(() => undefined))
  return pool
}

/**
 * Crashes the server between the moment at which others see a commit and the one at which it is on disk; the settings
 * make the gap long that a slow disk makes short. `seen` is shown, and lost.
 */
async function lose<Seen>(server: OwnServer, pool: Pool, show: () => Promise<Seen>): Promise<Seen> {
  await pool.query('FLUSH ENGINE LOGS')
  await pool.query('SET GLOBAL innodb_flush_log_at_timeout = 2700, innodb_flush_log_at_trx_commit = 0')
  const seen = await show()
  await server.crash()
  await server.start()
  return seen
}

ownMariadb.describe(
  'P2 over a MariaDB without a binary log, which shows a commit before it is on disk',
  () => {
    it('the version of a row that was lost is not given again', async () => {
      const server = await serverOf()
      const options = { name: 'articles', columns: ['text'] } as const
      await clientOf(server).query(
        'CREATE TABLE articles (id INT PRIMARY KEY, text TEXT, version BIGINT NOT NULL)',
      )
      await mysqlTable<Row>(clientOf(server), options).insert({ id: '1' }, { text: 'kept' })
      for (let tries = 0; ; tries++) {
        const pool = clientOf(server)
        const table = mysqlTable<Row>(pool, options)
        const kept = table.versionOf((await table.find({ id: '1' }))!)
        const lost = await lose(server, pool, async () => {
          await table.update({ id: '1' }, oneOf(kept), { text: 'lost' })
          return table.versionOf((await table.find({ id: '1' }))!)
        })
        const after = mysqlTable<Row>(clientOf(server), options)
        const found = after.versionOf((await after.find({ id: '1' }))!)
        if (found === lost && tries < TRIES) continue
        expect(found).toBe(kept)
        const row = (await after.update({ id: '1' }, oneOf(kept), { text: 'another' }))!
        expect(BigInt(after.versionOf(row))).toBeGreaterThan(BigInt(lost))
        expect(await after.update({ id: '1' }, oneOf(lost), { text: 'written over' })).toBeUndefined()
        expect(await after.find({ id: '1' })).toMatchObject({ text: 'another' })
        return
      }
    })

    it('a count of the application’s own goes on by one', async () => {
      const pool = clientOf(await serverOf())
      await pool.query('CREATE TABLE articles (id INT PRIMARY KEY, text TEXT, version SMALLINT NOT NULL)')
      await pool.query("INSERT INTO articles VALUES (1, 'kept', 7)")
      const table = mysqlTable<Row>(pool, { name: 'articles', columns: ['text'] })
      expect(await table.update({ id: '1' }, oneOf('7'), { text: 'next' })).toMatchObject({ version: 8 })
    })

    it('a version that was lost past a claim is not the one that its holder makes', async () => {
      const server = await serverOf()
      for (let tries = 0; ; tries++) {
        const { pool, claims, take, before } = await moved(server)
        const held = await take(before.count)
        const lost = await lose(server, pool, async () => (await claims.move(KEY)).count)
        const after = claimsOn(clientOf(server))
        const found = await after.claims.read(KEY)
        if (found.count === lost && tries < TRIES) continue
        expect(found.count).toBe(before.count)
        const { record, settlement } = await held.settle(WRITTEN)
        expect(settlement).toBe('settled')
        expect(record.count).not.toBe(lost)
        expect(await after.acquire(lost)).toMatchObject({ got: 'refusal' })
        return
      }
    })

    it('a claim that was lost with what it made gives its version to nobody', async () => {
      const server = await serverOf()
      for (let tries = 0; ; tries++) {
        const { pool, take, before } = await moved(server)
        const lost = await lose(server, pool, async () => {
          const held = await take(before.count)
          return (await held.settle(WRITTEN)).record.count
        })
        const after = claimsOn(clientOf(server))
        if ((await after.claims.read(KEY)).count === lost && tries < TRIES) continue
        const another = await (await after.take(before.count)).settle(WRITTEN)
        expect(another.record.count).not.toBe(lost)
        expect(await after.acquire(lost)).toMatchObject({ got: 'refusal' })
        return
      }
    })

    it.each([
      ['by itself', true],
      ['under a claim', false],
    ])('a transaction that was lost gives its version to nobody: %s', async (_, transaction) => {
      const server = await serverOf()
      const pool = clientOf(server)
      await pool.query(
        "CREATE TABLE articles (id INT PRIMARY KEY, text TEXT) SELECT 1 AS id, 'first' AS text",
      )
      const articles = ifMatch({ ledger: mysqlLedger(pool), key: 'articles/:id', claim: { lease: 1000 } })
      const app = express().use(express.json())
      app.get('/articles/:id', articles.read(), async (_req, res) => {
        const [[row]] = await pool.query<RowDataPacket[]>('SELECT text FROM articles')
        res.json(row)
      })
      app.put(
        '/articles/:id',
        articles.wrap(
          async (req, res, write) => {
            const sql = 'UPDATE articles SET text = ?'
            await write.transaction((connection) => connection.query(sql, [req.body.text]))
            res.json({ text: req.body.text })
          },
          { transaction },
        ),
      )
      app.use(problems())
      const { url } = await start(app)
      const get = async () => {
        const answer = await fetch(`${url}/articles/1`)
        return { tag: answer.headers.get('etag')!, ...((await answer.json()) as { text: string }) }
      }
      const put = (tag: string, text: string) =>
        fetch(`${url}/articles/1`, {
          method: 'PUT',
          headers: { 'if-match': tag, 'content-type': 'application/json' },
          body: JSON.stringify({ text }),
        })
      for (let tries = 0; ; tries++) {
        await articles.touch(['articles/1'])
        const before = await get()
        const lost = await lose(server, pool, async () => {
          expect((await put(before.tag, 'lost')).status).toBe(200)
          return get()
        })
        expect(lost.text).toBe('lost')
        const found = await vi.waitUntil(() => get().catch(() => undefined), { timeout: 30_000 })
        if (found.text === 'lost' && tries < TRIES) continue
        expect(found.text).toBe(before.text)
        // the claim stands again, if there was one; its end moves the version
        const another = await vi.waitUntil(
          async () => {
            const answer = await put((await get()).tag, 'another')
            return answer.status === 200 && answer
          },
          { timeout: 30_000, interval: 100 },
        )
        expect(another.headers.get('etag')).not.toBe(lost.tag)
        const late = await put(lost.tag, 'written over unseen')
        expect([late.status, (await get()).text]).toEqual([409, 'another'])
        return
      }
    })
  },
)

/** The protocol as guards drive it. */
function claimsOn(pool: Pool) {
  const ledger = mysqlLedger(pool)
  const claims = claimsOver(ledger, systemClock, 5000)
  const acquire = async (count: number) =>
    claims.acquire({
      key: KEY,
      expectation: oneOf(String(count)),
      lease: 60_000,
      renewing: false,
      wait: 0,
    })
  const take = async (count: number) => {
    const acquired = await acquire(count)
    if (acquired.got !== 'claim') throw new Error(`the claim ended as ${acquired.got}`)
    return acquired.claim
  }
  return { claims, acquire, take }
}

/** The same on a client of its own, with a version that is there to be claimed. */
async function moved(server: OwnServer) {
  const pool = clientOf(server)
  const on = claimsOn(pool)
  return { pool, ...on, before: await on.claims.move(KEY) }
}

interface Row {
  id: number
  text: string
  version: unknown
}

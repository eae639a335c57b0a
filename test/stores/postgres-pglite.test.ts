import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite, type Transaction } from '@electric-sql/pglite'
import express from 'express'
import { ifMatch, problems } from 'express-if-match'
import { contractCases, ledgerContract, tableContract, type ContractRow } from 'express-if-match/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { postgresLedger, postgresTable, versionTrigger } from '../../src/stores/postgres.js'
import type { VersionType } from '../../src/stores/sql/version-rule.js'
import { serve } from '../support/api.js'
import { coded, oneOf } from './postgres-articles.js'
import { applicationOn, NOTES, rowsOf } from './postgres-database.js'

const ONE_SESSION =
  'PGlite is one session inside one process: whoever asks during a transaction waits for its end'
/** ms; it starts a whole database */
const START = 120_000

interface Kind {
  id: number
  data: unknown
  tags: string[]
  gone: Date | null
  version: unknown
}

let names = 0
const fresh = (): string => `articles/${++names}`

describe('over PGlite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'if-match-pglite-'))
  let db = new PGlite(folder)
  let ledger = postgresLedger(db)
  beforeAll(async () => {
    await db.exec(`${NOTES}; ${rowsOf('bigint')}`)
  }, START)
  afterAll(async () => {
    await db.close()
    rmSync(folder, { recursive: true })
  })

  const cases = contractCases(ledgerContract, {
    name: 'postgres over PGlite',
    capabilities: {
      shared: ONE_SESSION,
      transaction: true,
      application: true,
      'async-work': true,
      clock: 'PGlite has no clock but that of its process',
      restart: true,
      entries: true,
    },
    open: () => Promise.resolve(ledger),
    key: fresh,
    restart: async () => {
      await db.close()
      db = new PGlite(folder)
      ledger = postgresLedger(db)
      await db.waitReady
    },
    entries: async () => (await db.query('SELECT 1 FROM if_match_ledger')).rows.length,
    application: applicationOn({ query: (text, values) => db.query(text, values) }),
  })
  for (const { id, run } of cases.runnable) it(`postgresLedger: ${id}`, run, START)
  for (const { id, reason } of cases.skipped) it.skip(`postgresLedger: ${id}: ${reason}`)

  const rows = contractCases(tableContract, {
    name: 'postgres table over PGlite',
    capabilities: { shared: ONE_SESSION, transaction: true, application: true, 'async-work': true },
    open: () =>
      Promise.resolve(postgresTable<ContractRow>(db, { name: 'article', columns: ['title', 'note'] })),
    id: fresh,
    application: applicationOn({ query: (text, values) => db.query(text, values) }),
  })
  for (const { id, run } of rows.runnable) it(`postgresTable: ${id}`, run)
  for (const { id, reason } of rows.skipped) it.skip(`postgresTable: ${id}: ${reason}`)

  it('postgresTable: a row that is made several times within a millisecond has another version each time', async () => {
    const table = postgresTable<ContractRow>(db, { name: 'article', columns: ['title', 'note'] })
    const id = fresh()
    const versions: string[] = []
    for (let life = 0; life < 100; life++) {
      const row = await table.insert({ id }, { title: 'again', note: null })
      versions.push(table.versionOf(row!))
      await table.delete({ id }, { kind: 'unconditional' })
    }
    expect(new Set(versions).size).toBe(versions.length)
    expect(versions.map(Number)).toEqual(versions.map(Number).toSorted((a, b) => a - b))
  })

  const counts = async () => [
    (await ledger.get('k')).count,
    (await db.query(`SELECT 1 FROM article WHERE title = 'beside'`)).rows.length,
  ]
  const one = { count: 0, token: null, beat: 0 }
  const moved = { ...one, count: 1, lease: 0, doubtful: false, raiseFence: false }

  it.each<readonly [string, (client: Transaction) => Promise<unknown>, unknown]>([
    ['throws', () => Promise.reject(new Error('no')), new Error('no')],
    [
      'swallows a failure',
      (client) => client.query('SELECT 1 / 0').catch(() => 1),
      coded('ERR_NOT_WRITTEN', 'failed'),
    ],
    ['ends it with its method', (client) => client.rollback(), new Error('Transaction is closed')],
    ['ends it with SQL', (client) => client.query('ROLLBACK'), coded('outcome-unknown')],
  ])('a transaction leaves nothing where its work %s', async (_, end, error) => {
    const run = ledger.transaction(async (steps, client) => {
      await steps.compareAndSwap('k', { from: one, to: moved })
      await client.query(`INSERT INTO article (id, version, title) VALUES ('x', 1, 'beside')`)
      await end(client)
    })
    await expect(run).rejects.toEqual(error)
    expect(await counts()).toEqual([0, 0])
  })

  it('a transaction commits, at the isolation that was asked for, and takes no step afterwards', async () => {
    const strict = postgresLedger(db, { isolation: 'serializable' })
    const kept = await strict.transaction(async (steps, client) => {
      await steps.compareAndSwap('k', { from: one, to: moved })
      await client.query(`INSERT INTO article (id, version, title) VALUES ('x', 1, 'beside')`)
      const { rows } = await client.query('SHOW transaction_isolation')
      expect(rows).toEqual([{ transaction_isolation: 'serializable' }])
      return [steps]
    })
    expect(await counts()).toEqual([1, 1])
    await expect(kept[0]?.get('k')).rejects.toEqual(coded('ERR_TRANSACTION_ASYNC', 'over'))
  })

  it('counts last where there is a folder, and only there', async () => {
    expect([ledger.epoch, ledger.promises?.durable, ledger.promises?.clock]).toEqual(['', 'yes', 'observer'])
    // as new PGlite() is, which would start another database
    const inMemory = (dataDir?: string) => ({
      query: db.query.bind(db),
      transaction: db.transaction.bind(db),
      dataDir,
    })
    const forgetful = [postgresLedger(inMemory()), postgresLedger(inMemory('memory://a'))]
    for (const { epoch, promises } of forgetful)
      expect([epoch, promises?.durable]).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/), 'no'])
    expect(forgetful[0]?.epoch).not.toBe(forgetful[1]?.epoch)
    expect(postgresLedger(inMemory(), { epoch: 'mine' }).epoch).toBe('mine')
  })

  it.each<readonly [string, VersionType]>([
    ['bigint', 'bigint'],
    ['uuid', 'uuid'],
    ['timestamptz', { timestamp: 6 }],
    ['timestamp', { timestamp: 3 }],
  ])('versions of %s grow, rows are marked as deleted, and a console is seen', async (type, versionType) => {
    const name = `kinds of ${type}`
    await db.exec(
      `CREATE TABLE "${name}" (id integer PRIMARY KEY, data jsonb, tags text[], gone timestamptz, version ${type})`,
    )
    const options = { name, versionType, deleted: 'gone' } as const
    await db.exec(versionTrigger<Kind>(options))
    const kinds = postgresTable<Kind>(db, { ...options, columns: ['data', 'tags'] })
    const change = { data: { a: ['x'] }, tags: ['{"y', 'z'] }
    const seen = [kinds.versionOf((await kinds.insert({ id: '1' }, change))!)]
    expect(await kinds.update({ id: 1n }, oneOf(seen[0]!), { data: 'text' })).toMatchObject({
      data: 'text',
      tags: change.tags,
    })
    await db.query(`UPDATE "${name}" SET data = NULL`)
    seen.push(kinds.versionOf((await kinds.find({ id: 1 }))!))
    expect(await kinds.delete({ id: 1 }, oneOf('x', seen[1]!))).toMatchObject({ id: 1 })
    seen.push(kinds.versionOf((await kinds.insert({ id: 1 }, {}))!))
    expect(new Set(seen).size).toBe(3)
    expect(await kinds.update({ id: 1 }, oneOf(seen[0]!, seen[1]!), {})).toBeUndefined()
    expect(await kinds.find({ id: 'abc' })).toBeUndefined()
  })

  it('a client of somebody’s transaction is none to work with', async () => {
    await db.transaction(async (client) => {
      expect(() => postgresLedger(client as never)).toThrow(coded('ERR_OPTION_INVALID'))
    })
  })

  it('over HTTP, a write is claimed, settled and refused as over any other store', async () => {
    const articles = ifMatch({ key: 'notes/:id', ledger })
    const app = express().use(express.json())
    app.get('/notes/:id', articles.read(), (_req, res) => void res.json({ text: 'a' }))
    app.put(
      '/notes/:id',
      articles.wrap(async (_req, res) => void res.json({ text: 'b' })),
    )
    const send = await serve(app.use(problems()))
    const tag = (await send('GET', '/notes/1')).headers.etag
    const statuses = []
    for (let n = 0; n < 2; n++)
      statuses.push((await send('PUT', '/notes/1', { headers: { 'If-Match': tag }, body: {} })).status)
    expect(statuses).toEqual([200, 409])
  })
})

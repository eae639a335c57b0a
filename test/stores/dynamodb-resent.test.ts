import express from 'express'
import { describe, expect, it } from 'vitest'
import { claim, move, settle, swapFrom, swapTo } from '../../src/core/machine.js'
import { unseen, type LedgerRecord } from '../../src/core/record.js'
import { ifMatch, problems } from '../../src/index.js'
import { dynamodbLedger, dynamodbTable } from '../../src/stores/dynamodb.js'
import type { DynamodbTableOptions } from '../../src/stores/dynamodb.js'
import { serve } from '../support/api.js'
import { losingAnswers, startDynamodb } from './dynamodb-server.js'

/* The SDK sends a request again whose answer it did not get: the server has made it once, and refuses the second. */

const dynamodb = await startDynamodb()
const ledgers = await dynamodb.table(['key', 'S'])
const tables = await dynamodb.table(['id', 'S'])
let keys = 0
const newKey = () => `articles/${++keys}`

interface Article {
  id: string
  version: unknown
  title: string
}

const swapOf = (from: LedgerRecord, to: LedgerRecord) => ({ from: swapFrom(from), to: swapTo(from, to) })
const claimed = (from: LedgerRecord, token: string) => claim(from, token, 30_000)!
const WRITTEN = { kind: 'written', existence: 'present' } as const
const oneOf = (version: string) =>
  ({ kind: 'one-of', versions: [version], weak: false, source: 'if-match' }) as const
const UNKNOWN = { code: 'outcome-unknown', problem: { applied: 'unknown' } }

describe('a swap that is sent twice', () => {
  function open() {
    const { wire, lose } = losingAnswers()
    const { document, requests } = dynamodb.connect({ wire })
    return { ledger: dynamodbLedger(document, { table: ledgers }), requests, lose }
  }

  it('is a claim of the one who sent it', async () => {
    const { ledger, requests, lose } = open()
    lose()
    const made = await ledger.compareAndSwap(newKey(), swapOf(unseen(), claimed(unseen(), 't1')))
    expect([made.swapped, made.record.claim?.token, made.record.fence]).toEqual([true, 't1', 1])
    expect(requests.map(({ name }) => name)).toEqual(['UpdateItem', 'UpdateItem', 'GetItem'])
  })

  it('is so too where somebody moved the version in between', async () => {
    const { wire, lose } = losingAnswers()
    const { ledger: other } = open()
    const key = newKey()
    let updates = 0
    const { document } = dynamodb.connect({
      wire: async (request, send) => {
        if (request.name === 'UpdateItem' && ++updates === 2) {
          const found = await other.get(key)
          await other.compareAndSwap(key, swapOf(found, move(found)))
        }
        return wire(request, send)
      },
    })
    lose()
    const ledger = dynamodbLedger(document, { table: ledgers })
    const { swapped, record } = await ledger.compareAndSwap(key, swapOf(unseen(), claimed(unseen(), 't1')))
    expect([swapped, record.count, record.claim?.token, record.claim?.doubtful]).toEqual([
      true,
      1,
      't1',
      true,
    ])
  })

  it("is nobody else's claim", async () => {
    const { ledger, lose } = open()
    const key = newKey()
    await ledger.compareAndSwap(key, swapOf(unseen(), claimed(unseen(), 'other')))
    // its first attempt never got there
    const { wire } = losingAnswers()
    let first = true
    const late = dynamodb.connect({
      wire: (request, send) => {
        if (!first) return wire(request, send)
        first = false
        throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError' })
      },
    })
    const second = dynamodbLedger(late.document, { table: ledgers })
    const refused = await second.compareAndSwap(key, swapOf(unseen(), claimed(unseen(), 't1')))
    expect([refused.swapped, refused.record.claim?.token]).toEqual([false, 'other'])
    expect(late.requests).toHaveLength(3)
    // and a second call with the same token is a call of its own
    lose()
    expect((await ledger.compareAndSwap(newKey(), swapOf(unseen(), claimed(unseen(), 't2')))).swapped).toBe(
      true,
    )
    const again = await ledger.compareAndSwap(key, swapOf(unseen(), claimed(unseen(), 'other')))
    expect(again.swapped).toBe(false)
  })

  it('is a settle that recognises itself, and moves the version once', async () => {
    const { ledger, lose } = open()
    const key = newKey()
    const held = (await ledger.compareAndSwap(key, swapOf(unseen(), claimed(unseen(), 't1')))).record
    lose()
    const told = await ledger.compareAndSwap(key, swapOf(held, settle(held, 't1', WRITTEN).record))
    expect(told).toMatchObject({ swapped: false, record: { count: 1, settled: 't1', claim: null } })
    const { record, settlement } = settle(told.record, 't1', WRITTEN)
    expect([settlement, record]).toEqual(['settled', told.record])
  })

  it('makes no difference to a request over HTTP: claim lost, settle lost', async () => {
    for (const nth of [1, 2]) {
      const { wire, lose } = losingAnswers()
      let updates = 0
      const { document } = dynamodb.connect({
        wire: (request, send) => {
          if (request.name === 'UpdateItem' && ++updates === nth) lose()
          return wire(request, send)
        },
      })
      const ledger = dynamodbLedger(document, { table: ledgers })
      const api = ifMatch({ key: 'articles/:id', ledger, required: false, claim: { wait: 15_000 } })
      const app = express().put('/articles/:id', api.guard(), (_req, res) => void res.json({ ok: true }))
      const send = await serve(app.use(problems()))
      const answer = await send('PUT', `/${newKey()}`, { body: {} })
      expect([answer.status, answer.headers.etag, updates]).toEqual([200, '"1"', 3])
    }
  })
})

describe('a write of a table that is sent twice', () => {
  function open(options: Partial<DynamodbTableOptions<Article>> = {}) {
    const { wire, lose } = losingAnswers()
    const { document } = dynamodb.connect({ wire })
    const table = dynamodbTable<Article>(document, { name: tables, columns: ['title'], ...options })
    return { table, document, lose }
  }

  it("is told as unknown where versions are numbers: one like it may be another's", async () => {
    for (const soft of [{}, { deleted: 'gone' as keyof Article }]) {
      const { table, lose } = open(soft)
      const id = newKey()
      lose()
      await expect(table.insert({ id }, { title: 'a' })).rejects.toMatchObject(UNKNOWN)
      const row = (await table.find({ id }))!
      expect(row.title).toBe('a')
      lose()
      const update = table.update({ id }, oneOf(table.versionOf(row)), { title: 'b' })
      await expect(update).rejects.toMatchObject(UNKNOWN)
      expect((await table.find({ id }))?.title).toBe('b')
      lose()
      await expect(table.delete({ id }, { kind: 'unconditional' })).rejects.toMatchObject(UNKNOWN)
      expect(await table.find({ id })).toBeUndefined()
    }
  })

  it('is recognised where versions are uuids', async () => {
    const { table, lose } = open({ versionType: 'uuid' })
    const id = newKey()
    lose()
    const row = (await table.insert({ id }, { title: 'a' }))!
    expect(row.title).toBe('a')
    lose()
    const next = (await table.update({ id }, oneOf(table.versionOf(row)), { title: 'b' }))!
    expect(next.title).toBe('b')
    expect(await table.find({ id })).toEqual(next)
  })

  it('is not taken for its own where another one went on from it', async () => {
    const { wire, lose } = losingAnswers()
    const other = open({ versionType: 'uuid' }).table
    const id = newKey()
    const row = (await other.insert({ id }, { title: 'a' }))!
    let updates = 0
    const { document } = dynamodb.connect({
      wire: async (request, send) => {
        if (request.name === 'UpdateItem' && ++updates === 2)
          await other.update({ id }, { kind: 'unconditional' }, { title: 'c' })
        return wire(request, send)
      },
    })
    const table = dynamodbTable<Article>(document, { name: tables, versionType: 'uuid', columns: ['title'] })
    lose()
    const update = table.update({ id }, oneOf(other.versionOf(row)), { title: 'b' })
    await expect(update).rejects.toMatchObject(UNKNOWN)
    expect((await other.find({ id }))?.title).toBe('c')
  })

  it('is answered so over HTTP', async () => {
    const { table, lose } = open()
    const id = `article-${++keys}`
    const row = (await table.insert({ id }, { title: 'a' }))!
    const api = ifMatch({ key: 'articles/:id', table, required: false })
    const app = express().use(express.json())
    app.put(
      '/articles/:id',
      api.wrap(async (req, res, write) => res.json(await write.update(req.body))),
    )
    const send = await serve(app.use(problems()))
    lose()
    const headers = { 'If-Match': `"${table.versionOf(row)}"` }
    const answer = await send('PUT', `/articles/${id}`, { headers, body: { title: 'b' } })
    expect(answer).toMatchObject({ status: 500, problem: { code: 'outcome-unknown', applied: 'unknown' } })
    expect(answer.headers.etag).toBeUndefined()
  })
})

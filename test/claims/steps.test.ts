import express from 'express'
import { ifMatch, memoryLedger, problems } from 'express-if-match'
import { sqliteLedger } from 'express-if-match/sqlite'
import Database from 'libsql'
import { describe, expect, it } from 'vitest'
import type { Ledger } from '../../src/core/ledger.js'
import { start } from '../support/http.js'

const SKIPS = 1000
const WRITES = 40

const memory = (): Ledger => ({ ...memoryLedger(), skips: SKIPS })
const sqlite = (): Ledger => ({ ...sqliteLedger(new Database(':memory:')), skips: SKIPS })

/** `transaction`: the option; `within`: whether the handler runs one */
interface Way {
  readonly open: () => Ledger
  readonly transaction: boolean
  readonly within: boolean
}

describe('over a ledger whose versions leave out counts', () => {
  const set = async ({ open, transaction, within }: Way) => {
    const ledger = open()
    const articles = ifMatch({ ledger, key: 'articles/:id', bodyVersion: 'version' })
    const app = express().use(express.json())
    app.get('/articles/:id', articles.read(), (_req, res) => {
      res.json({ text: 'x' })
    })
    app.put(
      '/articles/:id',
      articles.wrap(
        async (_req, res, write) => {
          if (within) await write.transaction(() => undefined)
          res.json({ text: 'x' })
        },
        { transaction },
      ),
    )
    app.use(problems())
    const { url } = await start(app)
    const read = async () => (await fetch(`${url}/articles/1`)).headers.get('etag')!
    const put = (tag: string) => fetch(`${url}/articles/1`, { method: 'PUT', headers: { 'if-match': tag } })
    return { articles, read, put }
  }
  const countOf = (tag: string): number => Number(/(\d+)(?:\.[^"]*)?"$/.exec(tag)![1])

  it.each([
    ['a claim', { open: memory, transaction: false, within: false }],
    ['a claim of a store that has transactions', { open: sqlite, transaction: false, within: false }],
    ['a transaction', { open: sqlite, transaction: true, within: true }],
    ['a transaction under a claim', { open: sqlite, transaction: false, within: true }],
  ])('each write of %s makes the version that its answer names', async (_, way) => {
    const { read, put } = await set(way)
    const steps: number[] = []
    let tag = await read()
    for (let n = 0; n < WRITES; n++) {
      const answer = await put(tag)
      expect(answer.status).toBe(200)
      const next = answer.headers.get('etag')!
      const { version } = (await answer.json()) as { version: string }
      expect(next).toContain(version)
      expect(countOf(await read())).toBe(countOf(next))
      steps.push(countOf(next) - countOf(tag))
      expect((await put(tag)).status).toBe(409)
      tag = next
    }
    expect(Math.min(...steps)).toBeGreaterThan(0)
    expect(Math.max(...steps)).toBeLessThanOrEqual(SKIPS + 1)
    expect(new Set(steps).size).toBeGreaterThan(WRITES / 2)
  })

  it('a write past the claims leaves some out, too', async () => {
    const { articles, read } = await set({ open: memory, transaction: false, within: false })
    const steps: number[] = []
    for (let n = 0, before = countOf(await read()); n < WRITES; n++) {
      await articles.touch(['articles/1'])
      const after = countOf(await read())
      steps.push(after - before)
      before = after
    }
    expect(new Set(steps).size).toBeGreaterThan(WRITES / 2)
  })
})

it.each([-1, 1.5, NaN, 2 ** 33, '7'])('%o for `skips` is refused where the guard is made', (skips) => {
  const ledger = { ...memoryLedger(), skips } as Ledger
  expect(() => ifMatch({ ledger, key: 'articles/:id' })).toThrow(
    expect.objectContaining({ code: 'ERR_OPTION_INVALID', message: expect.stringContaining('ledger.skips') }),
  )
})

import express from 'express'
import express4 from 'express4'
import { ifMatch, memoryLedger, preconditionOf, problems, type LedgerWrite } from 'express-if-match'
import { sqliteLedger } from 'express-if-match/sqlite'
import Database from 'libsql'
import { describe, expect, it } from 'vitest'
import { gate, serve, settlements } from '../support/api.js'
import { lastResort } from '../support/orders.js'

const ONE_STEP = [1]

function steps(before: string | undefined, after: string | undefined): number {
  const count = (version = '') => Number(version.slice(version.lastIndexOf('-') + 1))
  return count(after) - count(before)
}

describe.each([
  ['Express 5', express],
  ['Express 4', express4 as unknown as typeof express],
])('a guard within a guard, %s', (_name, framework) => {
  it('in a guarded tree claims once, and moves the version once', async () => {
    const ledger = memoryLedger()
    const tree = ifMatch({ ledger, claim: { wait: 0 } })
    const inner = ifMatch({ ledger, key: 'a/:id', claim: { wait: 0 } })
    const app = framework()
    app.use(tree)
    app.get('/a/:id', (_req, res) => void res.json({}))
    app.put('/a/:id', inner.guard(), (req, res) => {
      void res.json({ fence: preconditionOf<LedgerWrite>(req).fence })
    })
    const send = await serve(app)
    const { etag } = (await send('GET', '/a/1')).headers
    const [before] = await tree.versions(['a/1'])
    const answer = await send('PUT', '/a/1', { headers: { 'If-Match': etag } })
    expect(answer).toMatchObject({ status: 200, json: { fence: 1 } })
    const [after] = await tree.versions(['a/1'])
    expect([steps(before, after)]).toEqual(ONE_STEP)
    expect(answer.headers.etag).toBe(`"${after}"`)
    expect((await send('PUT', '/a/1', { headers: { 'If-Match': etag } })).status).toBe(409)
    // the tree requires nothing, the guard within it does
    expect((await send('PUT', '/a/1')).status).toBe(428)
    expect([steps(after, (await tree.versions(['a/1']))[0])]).toEqual([0])
  })

  it('judges a demand of its own on the state that is claimed', async () => {
    const ledger = memoryLedger()
    const inner = ifMatch({ ledger, key: 'a/:id', bodyVersion: 'rev' })
    const ran: unknown[] = []
    const app = framework()
    app.use(framework.json(), ifMatch({ ledger }))
    app.put('/a/:id', inner.guard(), (req, res) => {
      ran.push(req.body)
      res.json({})
    })
    const send = await serve(app.use(problems()))
    const [now = ''] = await inner.versions(['a/1'])
    expect((await send('PUT', '/a/1', { body: { rev: now } })).status).toBe(200)
    expect((await send('PUT', '/a/1', { body: { rev: now } })).status).toBe(409)
    expect(ran).toEqual([{}])
  })

  it('accepts the version that the guard around it took out of the body', async () => {
    const guards = ifMatch({ key: 'a/:id', bodyVersion: 'rev' })
    const app = framework()
    app.use(framework.json())
    app.put('/a/:id', guards.guard(), guards.guard(), (req, res) => void res.json(req.body))
    const send = await serve(app)
    const [rev] = await guards.versions(['a/1'])
    const [next] = [rev?.replace(/0$/, '1')]
    expect(await send('PUT', '/a/1', { body: { rev, a: 1 } })).toMatchObject({ json: { a: 1, rev: next } })
  })

  it('on a key that the guard around it moves does not wait for itself', async () => {
    const ledger = memoryLedger()
    const outer = ifMatch({ ledger, key: 'a/:id', moves: () => ['list'], required: false })
    const inner = ifMatch({ ledger, key: () => 'list', claim: { wait: 0 } })
    const app = framework()
    app.put('/a/:id', outer.guard(), inner.guard({ required: false }), (_req, res) => void res.json({}))
    app.patch('/a/:id', outer.guard(), inner.guard(), (_req, res) => void res.json({}))
    const send = await serve(app)
    expect((await send('PUT', '/a/1')).status).toBe(200)
    expect((await send('PATCH', '/a/1', { headers: { 'If-None-Match': '"x-5"' } })).status).toBe(200)
  })

  it('of the kind `current` in a tree over the same ledger looks and judges under its claim', async () => {
    const ledger = memoryLedger()
    let n = 1
    const inner = ifMatch({ ledger, key: 'a/:id', version: 'n', current: () => ({ n }), claim: { wait: 0 } })
    const app = framework()
    app.use(framework.json(), ifMatch({ ledger }))
    app.put('/a/:id', inner.guard(), (_req, res) => void res.json({ n: ++n }))
    const send = await serve(app)
    expect((await send('PUT', '/a/1', { body: { n: 1 } })).status).toBe(200)
    expect((await send('PUT', '/a/1', { body: { n: 1 } })).status).toBe(409)
    expect(n).toBe(2)
  })

  it('of the kind `wrap` in a guarded tree: the answer waits for its promise', async () => {
    const events = settlements()
    const ledger = memoryLedger()
    const go = gate()
    const answered = gate()
    const done: string[] = []
    const inner = ifMatch({ ledger, key: 'a/:id', required: false })
    const app = framework()
    app.use(ifMatch({ ledger }))
    app.put(
      '/a/:id',
      inner.wrap(async (_req, res) => {
        res.json({})
        answered.open()
        await go.opened
        done.push('handler')
      }),
    )
    const send = await serve(app)
    const sent = send('PUT', '/a/1').then((answer) => {
      done.push('answer')
      return answer
    })
    await answered.opened
    // while this one comes and goes, an answer that waits for nobody would be settled
    expect((await send('GET', '/other')).status).toBe(404)
    expect(events).toEqual([])
    go.open()
    expect((await sent).status).toBe(200)
    expect(done).toEqual(['handler', 'answer'])
    expect(events).toMatchObject([{ outcome: 'written' }])
  })

  it('of the kind `wrap` in a guarded tree: its rejection reaches the error handler', async () => {
    const ledger = memoryLedger()
    const app = framework()
    app.use(ifMatch({ ledger }))
    const inner = ifMatch({ ledger, key: 'a/:id', required: false })
    app.put(
      '/a/:id',
      inner.wrap(() => Promise.reject(Object.assign(new Error('no'), { code: 'NO' }))),
    )
    const send = await serve(app.use(lastResort))
    expect(await send('PUT', '/a/1')).toMatchObject({ status: 500, json: { code: 'NO' } })
  })

  it('behind one that claims nothing: its demand is judged in the transaction', async () => {
    const ledger = sqliteLedger(new Database(':memory:'))
    const outer = ifMatch({ ledger, key: 'a/:id', required: false })
    const inner = ifMatch({ ledger, key: 'a/:id', bodyVersion: 'rev' })
    const ran: string[] = []
    const app = framework()
    app.use(framework.json())
    app.put('/a/:id', outer.guard({ transaction: true }), inner.guard(), (req, res, next) => {
      preconditionOf<LedgerWrite>(req)
        .transaction(() => void ran.push('work'))
        .then(() => void res.json({}), next)
    })
    const send = await serve(app.use(problems()))
    const [rev] = await inner.versions(['a/1'])
    expect((await send('PUT', '/a/1', { body: { rev } })).status).toBe(200)
    expect((await send('PUT', '/a/1', { body: { rev } })).status).toBe(409)
    expect(ran).toEqual(['work'])
  })
})

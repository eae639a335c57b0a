import express from 'express'
import { ifMatch, memoryLedger, preconditionOf, problems, type LedgerWrite } from 'express-if-match'
import { sqliteLedger } from 'express-if-match/sqlite'
import Database from 'libsql'
import { describe, expect, it } from 'vitest'
import { gate, refusals, serve } from '../support/api.js'

describe('a guard that enforces, within one that observes', () => {
  it('refuses a stale write, and one without a precondition', async () => {
    const ledger = memoryLedger()
    const strict = ifMatch({ ledger, key: 'a/:id' })
    const ran: string[] = []
    const app = express().use(ifMatch({ ledger, mode: 'observe' }))
    app.put('/a/:id', strict.guard(), (_req, res) => {
      ran.push('handler')
      res.json({})
    })
    const send = await serve(app.use(problems()))
    const [version] = await strict.versions(['a/1'])
    const headers = { 'If-Match': `"${version}"` }
    expect((await send('PUT', '/a/1', { headers })).status).toBe(200)
    const events = refusals()
    expect(await send('PUT', '/a/1', { headers })).toMatchObject({ problem: { code: 'version-conflict' } })
    expect((await send('PUT', '/a/1')).status).toBe(428)
    expect(events.filter(({ enforced }) => enforced).map(({ code }) => code)).toEqual([
      'version-conflict',
      'precondition-required',
    ])
    expect(ran).toEqual(['handler'])
  })

  it('claims for itself where the one around it goes on without a claim', async () => {
    const ledger = memoryLedger()
    const strict = ifMatch({ ledger, key: 'a/:id', required: false, claim: { wait: 0 } })
    const inside = gate()
    const go = gate()
    const app = express()
    app.patch('/a/:id', strict.guard(), async (_req, res) => {
      inside.open()
      await go.opened
      res.json({})
    })
    app.use(ifMatch({ ledger, mode: 'observe', claim: { wait: 0 } }))
    app.put('/a/:id', strict.guard(), (_req, res) => void res.json({}))
    const send = await serve(app.use(problems()))
    const held = send('PATCH', '/a/1')
    await inside.opened
    expect(await send('PUT', '/a/1')).toMatchObject({ problem: { code: 'write-in-progress' } })
    go.open()
    expect((await held).status).toBe(200)
    expect((await send('PUT', '/a/1')).status).toBe(200)
  })

  it.each([['observe', 'enforce'] as const, ['enforce', 'observe'] as const])(
    'in a transaction: %s around %s',
    async (around, within) => {
      const ledger = sqliteLedger(new Database(':memory:'))
      const outer = ifMatch({ ledger, key: 'a/:id', required: false, mode: around })
      const inner = ifMatch({ ledger, key: 'a/:id', bodyVersion: 'rev', mode: within })
      const ran: string[] = []
      const app = express().use(express.json())
      app.put('/a/:id', outer.guard({ transaction: true }), inner.guard(), (req, res, next) => {
        preconditionOf<LedgerWrite>(req)
          .transaction(() => void ran.push('work'))
          .then(() => void res.json({}), next)
      })
      const send = await serve(app.use(problems()))
      const [rev] = await inner.versions(['a/1'])
      expect((await send('PUT', '/a/1', { body: { rev } })).status).toBe(200)
      const stale = await send('PUT', '/a/1', { body: { rev } })
      expect(stale.status).toBe(within === 'enforce' ? 409 : 200)
      expect(ran).toHaveLength(within === 'enforce' ? 1 : 2)
    },
  )
})

describe('moves of a guard within a guarded tree', () => {
  function transfers(ledger = memoryLedger()) {
    const tree = ifMatch({ ledger })
    const transfer = ifMatch({
      ledger,
      key: 'accounts/:id',
      required: false,
      moves: (req) => [`accounts/${new URL(req.url, 'http://x').searchParams.get('to')}`],
    })
    const inside = gate()
    const go = gate()
    const app = express().use(tree)
    app.put('/accounts/:id', transfer.guard(), async (req, res) => {
      inside.open()
      if (req.query['hold'] !== undefined) await go.opened
      res.status(Number(req.query['status'] ?? 200)).json({})
    })
    return { ledger, inside, go, served: serve(app.use(problems())) }
  }

  it('move with the write, and are let go with it', async () => {
    const { ledger, served } = transfers()
    const send = await served
    const counts = () => ['accounts/1', 'accounts/2'].map((key) => ledger.get(key).count)
    expect((await send('PUT', '/accounts/1?to=2')).status).toBe(200)
    expect(counts()).toEqual([1, 1])
    expect((await send('PUT', '/accounts/1?to=2&status=422')).status).toBe(422)
    expect(counts()).toEqual([1, 1])
    expect((await send('PUT', '/accounts/1?to=2&status=500')).status).toBe(500)
    expect(counts()).toEqual([2, 2])
    for (const key of ['accounts/1', 'accounts/2']) expect(ledger.get(key).claim).toBeNull()
  })

  it('are refused, not waited for, where two could wait for each other', async () => {
    const { ledger, served, inside, go } = transfers()
    const send = await served
    const forth = send('PUT', '/accounts/1?to=2&hold')
    await inside.opened
    expect(ledger.get('accounts/2').claim).not.toBeNull()
    // holds 3, and 2 comes before it in the order of all writers
    const back = await send('PUT', '/accounts/3?to=2')
    expect(back).toMatchObject({ status: 409, problem: { code: 'write-in-progress' } })
    expect(ledger.get('accounts/3')).toMatchObject({ count: 0, claim: null })
    go.open()
    expect((await forth).status).toBe(200)
    expect((await send('PUT', '/accounts/3?to=2')).status).toBe(200)
  })

  it('are waited for in the order of all writers', async () => {
    const { ledger, served, inside, go } = transfers()
    const send = await served
    const first = send('PUT', '/accounts/1?to=2&hold')
    await inside.opened
    const second = send('PUT', '/accounts/0?to=2')
    while (ledger.get('accounts/0').claim === null) await new Promise((resolve) => setImmediate(resolve))
    go.open()
    expect((await first).status).toBe(200)
    expect((await second).status).toBe(200)
    expect(ledger.get('accounts/2').count).toBe(2)
  })

  it('of a guard within a transaction move in it', async () => {
    const ledger = sqliteLedger(new Database(':memory:'))
    const outer = ifMatch({ ledger, key: 'a/:id', required: false })
    const inner = ifMatch({ ledger, key: 'a/:id', required: false, moves: () => ['list'] })
    const app = express()
    app.put('/a/:id', outer.guard({ transaction: true }), inner.guard(), (req, res, next) => {
      preconditionOf<LedgerWrite>(req)
        .transaction(() => {
          if (req.query['fail'] !== undefined) throw Object.assign(new Error('no'), { status: 422 })
        })
        .then(() => void res.json({}), next)
    })
    const send = await serve(app.use(problems()))
    expect((await send('PUT', '/a/1?fail')).status).toBe(422)
    expect(ledger.get('list').count).toBe(0)
    expect((await send('PUT', '/a/1')).status).toBe(200)
    expect(ledger.get('list')).toMatchObject({ count: 1, claim: null })
  })
})

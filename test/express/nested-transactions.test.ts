import express from 'express'
import { ifMatch, preconditionOf, problems, type GuardOptions, type LedgerWrite } from 'express-if-match'
import { sqliteLedger } from 'express-if-match/sqlite'
import Database from 'libsql'
import { describe, expect, it } from 'vitest'
import { gate, serve } from '../support/api.js'
import { lastResort } from '../support/orders.js'

/*
 * A guard whose handler writes in a transaction and passes on to another guard further in: by then nothing of its own
 * is claimed any more.
 */

const WAYS: readonly [string, GuardOptions][] = [
  ['under a claim', {}],
  ['without a claim', { transaction: true }],
]

function chained(mode: GuardOptions) {
  const ledger = sqliteLedger(new Database(':memory:'))
  const outer = ifMatch({ ledger, key: 'docs/:id', required: false })
  const app = express().use(express.json())
  const holding = { begun: gate(), go: gate() }
  // another writer, whose claim stands until the test says so
  app.patch('/docs/:id', outer.guard(), async (_req, res) => {
    holding.begun.open()
    await holding.go.opened
    res.json({})
  })
  app.put('/docs/:id', outer.guard(mode), async (req, _res, next) => {
    await preconditionOf<LedgerWrite>(req).transaction(() => undefined)
    next()
  })
  return { ledger, app, holding, send: () => serve(app.use(problems()).use(lastResort)) }
}

describe.each(WAYS)('after a transaction %s', (_name, mode) => {
  it.each([['free'], ['held by another writer before']])(
    'a guard of `current` claims the key for itself, where it was %s',
    async (how) => {
      const { ledger, app, holding, send: started } = chained(mode)
      let row = { id: '1', version: 1 }
      const inner = ifMatch({
        ledger,
        key: 'docs/:id',
        required: false,
        current: () => row,
        version: 'version',
      })
      const handlers: { most: number; running: number } = { most: 0, running: 0 }
      const both = gate()
      app.put('/docs/:id', inner.guard(), async (req, res) => {
        const claim = ledger.get('docs/1').claim
        handlers.running += 1
        handlers.most = Math.max(handlers.most, handlers.running)
        const { version } = preconditionOf<{ current: { version: number } } & LedgerWrite>(req).current
        // until the second one has had its chance
        if (req.body.first === true) await both.opened
        row = { ...row, version: version + 1 }
        handlers.running -= 1
        res.json({ claimed: claim !== null, version: row.version })
      })
      const send = await started()
      const held = how === 'free' ? undefined : send('PATCH', '/docs/1', { body: {} })
      if (held !== undefined) await holding.begun.opened
      const first = send('PUT', '/docs/1', { body: { first: true } })
      holding.go.open()
      await held
      while (handlers.running === 0) await new Promise((resolve) => setImmediate(resolve))
      const second = send('PUT', '/docs/1', { body: {} })
      // far longer than a handler that is not kept waiting needs to have begun
      for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
      both.open()
      const answers = await Promise.all([first, second])
      expect(handlers.most).toBe(1)
      expect(answers.map(({ json }) => json)).toEqual([
        { claimed: true, version: 2 },
        { claimed: true, version: 3 },
      ])
      expect(ledger.get('docs/1').claim).toBeNull()
    },
  )

  it('what a guard further in moves is moved', async () => {
    const { ledger, app, send: started } = chained(mode)
    const inner = ifMatch({ ledger, key: 'docs/:id', required: false, moves: () => ['lists/9'] })
    app.put('/docs/:id', inner.guard(), (_req, res) => void res.json({}))
    const send = await started()
    const before = ledger.get('lists/9').count
    expect((await send('PUT', '/docs/1', { body: {} })).status).toBe(200)
    const { count, claim } = ledger.get('lists/9')
    expect([count > before, claim]).toEqual([true, null])
  })

  it('a guard of `current` claims what it moves too', async () => {
    const { ledger, app, send: started } = chained(mode)
    const inner = ifMatch({
      ledger,
      key: 'docs/:id',
      required: false,
      moves: () => ['lists/9'],
      current: () => ({ version: 1 }),
      version: 'version',
    })
    app.put('/docs/:id', inner.guard(), (_req, res) => {
      res.json(['docs/1', 'lists/9'].map((key) => ledger.get(key).claim !== null))
    })
    const send = await started()
    const before = ledger.get('lists/9').count
    expect((await send('PUT', '/docs/1', { body: {} })).json).toEqual([true, true])
    const { count, claim } = ledger.get('lists/9')
    expect([count > before, claim]).toEqual([true, null])
  })
})

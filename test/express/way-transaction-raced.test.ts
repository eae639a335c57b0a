import express, { type Request, type Response } from 'express'
import { ifMatch, problems, type Ledger, type LedgerWrite } from 'express-if-match'
import { sqliteLedger } from 'express-if-match/sqlite'
import Database from 'libsql'
import { expect, it } from 'vitest'
import { serve } from '../support/api.js'

/** A claim comes between the two statements by which the first transaction moves its version, and is gone again at once. */
function withClaimBetween(ledger: Ledger): Ledger {
  let transactions = 0
  return {
    ...ledger,
    transaction(work, options) {
      if (++transactions > 1) return ledger.transaction!(work, options)
      const claim = { token: 'of another', beat: 0, lease: 1_000, doubtful: false }
      const steps = {
        get: (key: string) => ledger.get(key),
        compareAndSwap: async (key: string) => ({
          swapped: false,
          record: { ...(await ledger.get(key)), claim },
        }),
      }
      return work(steps, undefined)
    },
  }
}

it('a claim that came in between, and ended without a write, makes nobody stale (P3)', async () => {
  const ledger = withClaimBetween(sqliteLedger(new Database(':memory:')))
  const guarded = ifMatch({ ledger, key: 'things/:id' })
  const app = express().use(express.json())
  app.get('/things/:id', guarded.read(), (_req, res) => void res.json({}))
  app.put(
    '/things/:id',
    guarded.wrap(
      (_req: Request, res: Response, write: LedgerWrite) => write.transaction(() => void res.json({})),
      { transaction: true },
    ),
  )
  const send = await serve(app.use(problems()))
  const { headers } = await send('GET', '/things/1')
  const reply = await send('PUT', '/things/1', { headers: { 'If-Match': headers.etag! }, body: {} })
  expect(reply).toMatchObject({ status: 200 })
})

// An API with claims on keys that many clients write at once, in a process of its own: see ../sections/contention-curve.ts.
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import express, { type RequestHandler } from 'express'
import { ifMatch, problems } from 'express-if-match'
import { cpuTime } from '../cpu-time.js'
import { ledgerOn, type LedgerWay } from '../processes/guarded.js'

/** What a write of the application takes elsewhere: another service, a database. */
const HANDLER_MS = 5

const [, , way, name = ''] = process.argv
const articles = ifMatch({ key: 'articles/:id', ledger: ledgerOn(way as LedgerWay, name) })
let kept: unknown = { n: 0 }
const save: RequestHandler = async (req, res) => {
  await sleep(HANDLER_MS)
  kept = req.body
  res.json(kept)
}

const app = express().use(express.json())
app.put('/plain/:id', (req, res) => {
  res.json(req.body)
})
app.put('/unguarded/:id', save)
app.get('/articles/:id', articles.read(), (_req, res) => {
  res.json(kept)
})
app.put('/articles/:id', articles.guard({ required: false }), save)
app.use(problems())
const server = app.listen(0, '127.0.0.1', () => {
  process.send?.({ origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
})
process.on('message', () => {
  process.send?.({ busy: cpuTime() / 1_000 })
})
process.on('disconnect', () => process.exit(0))

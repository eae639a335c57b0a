/* One of several processes that serve one API from one SQLite file: workers.ts starts it, and kills it. */
import type { AddressInfo } from 'node:net'
import Database from 'libsql'
import { createApp } from '../../examples/existing-api/app.js'
import type { Ledger } from '../../src/core/ledger.js'
import { ifMatch, type Middleware } from '../../src/index.js'
import { sqliteLedger } from '../../src/stores/sqlite.js'
import { articles } from './articles.js'

/**
 * Where a write stops for good: `claimed`, before its data is written; `written`, after that and before the
 * version moves; `settled`, after that and before the answer.
 */
export type Stop = 'claimed' | 'written' | 'settled'

/** To the worker: the next write of this key stops there. */
export interface Arm {
  readonly key: string
  readonly stop: Stop
}

/** From the worker. */
export type Report =
  { readonly port: number } | { readonly armed: string } | { readonly stopped: string; readonly stop: Stop }

const [path = '', count = '1', lease = '30000'] = process.argv.slice(2)
const armed = new Map<string, Stop>()

const tell = (report: Report) => process.send!(report)
function stopsAt(key: string, stop: Stop): boolean {
  if (armed.get(key) !== stop) return false
  tell({ stopped: key, stop })
  return true
}

const file = new Database(path)
// what is written outlives a kill of the process all the same; what it would cost is the time of the test
file.exec('PRAGMA synchronous = OFF')
const ledger = sqliteLedger(file)
const stopping: Ledger = {
  ...ledger,
  compareAndSwap(key, swap) {
    const result = ledger.compareAndSwap(key, swap)
    const settles = swap.to.token === null && swap.from.token !== null
    // never answered
    return settles && stopsAt(key, 'settled') ? new Promise(() => {}) : result
  },
}
const guard = ifMatch({ ledger: stopping, claim: { lease: Number(lease) } })

const guardAndStop: Middleware = (req, res, next) => {
  guard(req, res, (error) => {
    if (error !== undefined || req.method !== 'PUT') {
      next(error)
      return
    }
    const key = req.url!.slice(1)
    if (stopsAt(key, 'claimed')) return
    const answer = res as typeof res & { jsonp(body: unknown): unknown }
    const jsonp = answer.jsonp.bind(answer)
    answer.jsonp = function stopOrAnswer(body) {
      return stopsAt(key, 'written') ? answer : jsonp(body)
    }
    next()
  })
}

const app = createApp({ data: articles(Number(count)), guard: guardAndStop, file })
const server = app.listen(0, '127.0.0.1', () => {
  tell({ port: (server.address() as AddressInfo).port })
})
process.on('message', ({ key, stop }: Arm) => {
  armed.set(key, stop)
  tell({ armed: key })
})
// without the test there is nobody to serve, whatever became of it
process.once('disconnect', () => process.exit())

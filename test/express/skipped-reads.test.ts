import type { RequestHandler, Response } from 'express'
import { ifMatch } from 'express-if-match'
import { EventEmitter, once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { ask, majors, start, type Express } from '../support/http.js'
import { laterLedger } from '../support/ledgers.js'

async function stage(express: Express) {
  const guards = ifMatch({ ledger: laterLedger(), key: 'a', required: false })
  const events = new EventEmitter()
  let reads = 0
  let writing: Response | undefined
  const app = express()
  app.get('/a', guards.read({ skip: true }), (_req, res) => {
    reads += 1
    res.json({ title: 'One' })
  })
  app.put('/a', guards.guard(), ((_req, res) => {
    writing = res
    events.emit('writes')
  }) as RequestHandler)
  const site = await start(app)
  return {
    get: (headers = {}) => ask(site, { path: '/a', headers }),
    begin: async () => {
      const writes = once(events, 'writes')
      const answer = ask(site, { method: 'PUT', path: '/a' })
      await writes
      return { end: (status: number) => void writing?.status(status).json({}), answer }
    },
    reads: () => reads,
  }
}

describe.each(majors)('%s: read({ skip: true })', (_name, express) => {
  it('answers 304 without the handler while the version stands', async () => {
    const { get, begin, reads } = await stage(express)
    const { headers } = await get()
    expect(headers.etag).toMatch(/^"[^".]+"$/)
    const again = await get({ 'if-none-match': headers.etag })
    expect([again.status, again.text, again.headers.etag, reads()]).toEqual([304, '', headers.etag, 1])
    const write = await begin()
    write.end(200)
    const { headers: written } = await write.answer
    expect((await get({ 'if-none-match': headers.etag })).status).toBe(200)
    expect((await get({ 'if-none-match': written.etag })).status).toBe(304)
    expect(reads()).toBe(2)
  })

  it('gives neither tag nor 304 under a claim', async () => {
    const { get, begin } = await stage(express)
    const { headers } = await get()
    const write = await begin()
    const under = await get({ 'if-none-match': headers.etag })
    expect([under.status, under.headers.etag]).toEqual([200, undefined])
    write.end(400)
    await write.answer
    expect((await get({ 'if-none-match': headers.etag })).status).toBe(304)
  })

  it('asks the handler whether there is anything, for `*`', async () => {
    const { get, reads } = await stage(express)
    expect((await get({ 'if-none-match': '*' })).status).toBe(304)
    expect(reads()).toBe(1)
  })
})

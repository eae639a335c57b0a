import compression from 'compression'
import type { RequestHandler } from 'express'
import { ifMatch, preconditionOf, problems } from 'express-if-match'
import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { endingLedger, later, type Handler, type Write } from '../support/ended-transactions.js'
import { ask, majors, start } from '../support/http.js'
import { lastResort } from '../support/orders.js'
import { promisedLedger } from '../support/promised-stores.js'

describe.each(majors)('%s: an answer that is given inside a transaction', (_name, framework) => {
  it.each<[string, Handler, string]>([
    ['nothing but a head', (_req, res) => res.writeHead(202, 'Later', { 'X-A': '1' }).end(), ''],
    ['in parts', (_req, res) => (res.write('a'), res.write('b'), res.end('c')), 'abc'],
    ['with the head first', (_req, res) => (res.writeHead(202, { 'X-A': '1' }), res.end('abc')), 'abc'],
    ['as a stream that is not awaited', (_req, res) => void Readable.from(['ab', 'c']).pipe(res), 'abc'],
    ['and goes on after it', (_req, res) => void res.write('ab'), 'abc'],
  ])('comes as it is: %s', async (name, handler, text) => {
    const api = await later(
      async (req, res, write) => {
        await write.transaction(async (client) => {
          handler(req, res, write)
          await client.note('there')
        })
        if (name === 'and goes on after it') res.end('c')
      },
      { framework },
    )
    for (const method of ['PUT', 'PATCH']) {
      const answer = await api.write(method)
      expect([answer.text, answer.complete]).toEqual([text, true])
      if (name.includes('head')) {
        expect(answer).toMatchObject({ status: 202, headers: { 'x-a': '1' } })
        if (text === '') expect(answer.reason).toBe('Later')
      }
    }
  })

  it('goes through what is mounted behind the guard once it is known to stand', async () => {
    const ledger = endingLedger(await promisedLedger().open(), ['commit'])
    const guards = ifMatch({ ledger, key: 'docs/:id', required: false })
    let run = 0
    const app = framework()
    app.put('/docs/:id', guards.guard(), compression({ threshold: 0 }), ((req, res, next) => {
      const write = preconditionOf<Write>(req)
      write
        .transaction(
          async (client) => {
            run += 1
            res.type('text').send(`${run}`.repeat(5_000))
            await client.note('')
          },
          { repeatable: true },
        )
        .catch(next)
    }) as RequestHandler)
    const site = await start(app.use(problems()).use(lastResort))
    const headers = { 'Accept-Encoding': 'gzip' }
    const answer = await ask(site, { method: 'PUT', path: '/docs/1', headers })
    expect(answer).toMatchObject({ status: 200, headers: { 'content-encoding': 'gzip', etag: '"1"' } })
    expect(gunzipSync(answer.body).toString()).toBe('2'.repeat(5_000))
  })

  it('that the handler destroys is none', async () => {
    const api = await later(
      async (_req, res, write) => {
        await write.transaction((client) => {
          res.destroy()
          return client.note('there')
        })
      },
      { framework },
    )
    await expect(api.write('PUT')).rejects.toMatchObject({ code: 'ECONNRESET' })
    await expect.poll(async () => (await api.record()).claim).toBeNull()
  })
})

it('an answer with the version in its body has the one that its own transaction makes', async () => {
  for (const mode of [{}, { transaction: true }]) {
    const { send } = await later(
      async (_req, res, write) => {
        await write.transaction((client) => client.note('one'))
        await write.transaction(async (client) => {
          res.json({ ok: true })
          await client.note('two')
        })
      },
      { mode, options: { bodyVersion: 'rev' } },
    )
    const answer = await send('PUT', '/docs/1', { body: { rev: '0' } })
    expect(answer).toMatchObject({ status: 200, json: { ok: true, rev: '2' }, headers: { etag: '"2"' } })
  }
})

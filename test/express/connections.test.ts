import { ifMatch } from 'express-if-match'
import type { RequestHandler } from 'express'
import http from 'node:http'
import { onTestFinished } from 'vitest'
import { describe, expect, it } from 'vitest'
import { ask, majors, start, wire, type Express } from '../support/http.js'
import { heldLedger, laterLedger } from '../support/ledgers.js'

function app(express: Express, ledger = laterLedger()) {
  const served = express()
  served.set('env', 'test')
  served.use(ifMatch({ ledger }) as RequestHandler)
  served.use(express.json())
  served.get('/a/:id', (req, res) => res.json({ id: req.params['id'] }))
  served.put('/a/:id', (req, res) => res.json({ put: req.params['id'], body: (req.body as unknown) ?? null }))
  served.put('/stream/:id', (req, res) => void req.pipe(res))
  served.delete('/a/:id', (_req, res) => res.sendStatus(204))
  served.put('/broken', () => {
    throw new Error('broken')
  })
  return served
}

describe.each(majors)('%s', (_name, express) => {
  it('a connection is good for the next request, whatever the last one was', async () => {
    const site = await start(app(express))
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    let connections = 0
    site.server.on('connection', () => (connections += 1))
    const send = (method: string, path: string, headers: http.OutgoingHttpHeaders = {}, body = '') =>
      ask(site, {
        method,
        path,
        agent,
        headers: { 'content-type': 'application/json', ...headers },
        ...(body === '' ? {} : { body }),
      })
    const { headers } = await send('GET', '/a/1')
    const statuses: number[] = []
    for (const [method, path, sent, body] of [
      ['GET', '/a/1', { 'if-none-match': headers.etag }],
      ['HEAD', '/a/1'],
      ['PUT', '/a/1', { 'if-match': headers.etag }, '{"x":1}'],
      ['PUT', '/a/1', { 'if-match': headers.etag }, '{"x":1}'],
      ['PUT', '/a/1', { 'if-match': 'nonsense' }, '{"x":1}'],
      ['PUT', '/broken', {}, '{}'],
      ['PUT', '/a/1', {}, '{"x":'],
      ['PUT', '/stream/1', { 'content-type': 'text/plain' }, 'text'],
      ['DELETE', '/a/1'],
      ['GET', '/none'],
    ] as const)
      statuses.push((await send(method, path, sent, body)).status)
    expect(statuses).toEqual([304, 200, 200, 409, 400, 500, 400, 200, 204, 404])
    expect(connections).toBe(1)
  })

  it('pipelined requests are answered in their order, each with its own tag', async () => {
    const site = await start(app(express))
    const client = await wire(site)
    const put = (id: number, body: string) =>
      `PUT /a/${id} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    client.send(
      `${put(1, '{"n":1}')}${put(1, '{"n":2}')}GET /a/2 HTTP/1.1\r\nHost: a\r\n\r\n${put(3, '{"n":3}')}`,
    )
    const received = await client.until(/\{"put":"3"/)
    expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(Array<string>(4).fill('HTTP/1.1 200'))
    expect(received.match(/\{"(?:put|id)".*\}/g)).toEqual([
      '{"put":"1","body":{"n":1}}',
      '{"put":"1","body":{"n":2}}',
      '{"id":"2"}',
      '{"put":"3","body":{"n":3}}',
    ])
    const tags = [...received.matchAll(/^ETag: "([^"]+)"/gim)].map(([, tag]) => tag?.split(/[-.]/)[1])
    expect(tags).toEqual(['1', '2', '0', '1'])
  })

  it('while an answer is held, the next on the connection waits for its turn', async () => {
    const slow = heldLedger()
    const site = await start(app(express, slow.ledger))
    const client = await wire(site)
    slow.hold()
    client.send(
      'PUT /a/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\nOPTIONS /a/1 HTTP/1.1\r\nHost: a\r\n\r\n',
    )
    await slow.asked()
    slow.release()
    const received = await client.until(/Allow:/)
    expect(received.indexOf('{"put"')).toBeLessThan(received.indexOf('Allow:'))
  })
})

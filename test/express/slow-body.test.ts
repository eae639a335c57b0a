import type { RequestHandler } from 'express'
import { ifMatch } from 'express-if-match'
import { fakeClock } from 'express-if-match/testing'
import { EventEmitter, once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { ask, majors, start, wire, type Express } from '../support/http.js'

type Reader = 'express.json' | 'a stream'

async function stage(express: Express, reader: Reader) {
  const clock = fakeClock()
  const guards = ifMatch({ clock, key: 'a', required: false })
  const events = new EventEmitter()
  let claims = 0
  const app = express()
  app.use((_req, _res, next) => {
    events.emit('came')
    next()
  })
  app.use('/a', guards as RequestHandler)
  app.use((req, _res, next) => {
    claims += 1
    events.emit('claimed', req)
    next()
  })
  if (reader === 'express.json') app.use(express.json({ limit: '10mb' }))
  app.put('/a', (req, res, next) => {
    if (reader === 'express.json') {
      res.json({ size: JSON.stringify(req.body ?? null).length })
      return
    }
    let size = 0
    req.on('data', (chunk: Buffer) => (size += chunk.length))
    req.on('end', () => res.json({ size }))
    req.on('error', next)
  })
  app.set('env', 'test')
  return { site: await start(app), clock, guards, events, claims: () => claims }
}

const head = (length: number): string =>
  `PUT /a HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`

const chunked =
  'PUT /a HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n'

describe.each(
  majors.flatMap(([name, express]) =>
    (['express.json', 'a stream'] as const).map((reader) => [name, reader, express] as const),
  ),
)('%s, %s', (_name, reader, express) => {
  it.each([
    ['a Content-Length', head(12), '{"a":', '"late"}'],
    ['chunks', chunked, '5\r\n{"a":\r\n', '7\r\n"late"}\r\n0\r\n\r\n'],
  ])('a small body that trickles holds no key: %s', async (_title, begin, half, rest) => {
    const { site, events, claims } = await stage(express, reader)
    const client = await wire(site)
    const came = once(events, 'came')
    client.send(begin + half)
    await came
    const other = await ask(site, {
      method: 'PUT',
      path: '/a',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    expect([other.status, claims()]).toEqual([200, 1])
    client.send(rest)
    await client.until(/200 OK[^]*\{"size":12\}/)
    expect(claims()).toBe(2)
  })

  it('a large one that stalls under its claim is given up', async () => {
    const { site, clock, guards, events } = await stage(express, reader)
    const [before] = await guards.versions(['a'])
    const client = await wire(site)
    const claimed = once(events, 'claimed')
    client.send(`${head(1_000_000)}{"a":"${'x'.repeat(200_000)}`)
    await claimed
    await clock.advance(5_000)
    const answer = await client.until(/"code":"body-timeout"/)
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(answer).toMatch(/\r\nConnection: close\r\n/)
    expect(answer).not.toMatch(/\r\nETag:/i)
    await client.ended
    const [after] = await guards.versions(['a'])
    expect(after).not.toBe(before)
    expect((await ask(site, { method: 'PUT', path: '/a' })).status).toBe(200)
  })

  it('a large one that comes in time is not', async () => {
    const { site, clock, events } = await stage(express, reader)
    const client = await wire(site)
    const claimed = once(events, 'claimed')
    client.send(`${head(300_000)}{"a":"${'x'.repeat(200_000)}`)
    await claimed
    await clock.advance(4_999)
    client.send(`${'x'.repeat(99_992)}"}`)
    await client.until(/200 OK[^]*\{"size":300000\}/)
    await clock.advance(5_000)
    client.send(`${head(12)}{"a":"late"}`)
    await client.until(/\{"size":12\}/)
  })
})

describe.each(majors)('%s: an application that gives the 100 itself (checkContinue)', (_name, express) => {
  const asking = (tag: string): string =>
    `PUT /a HTTP/1.1\r\nHost: a\r\nIf-Match: ${tag}\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n`

  it('may do so after the guard, which asks for no body where it refuses', async () => {
    const guards = ifMatch({ key: 'a' })
    const app = express()
    app.use(guards as RequestHandler)
    app.put('/a', (req, res) => {
      res.writeContinue()
      req.pipe(res)
    })
    const site = await start(app)
    site.server.on('checkContinue', app)
    const [version = ''] = await guards.versions(['a'])
    const client = await wire(site)
    client.send(asking(`"${version}"`))
    await client.until(/^HTTP\/1.1 100 /)
    client.send('body')
    expect(await client.until(/body\r\n0\r\n\r\n$/)).toContain('HTTP/1.1 200 ')
    const late = await wire(site)
    late.send(asking(`"${version}"`))
    expect(await late.until(/"applied":"no"/)).toMatch(/^HTTP\/1.1 409 /)
  })
})

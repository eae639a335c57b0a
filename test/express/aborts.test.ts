import { ifMatch, type LedgerGuards } from 'express-if-match'
import type { RequestHandler, Response } from 'express'
import { EventEmitter, once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { gate } from '../support/api.js'
import { ask, majors, start, wire, type Express, type Site, type Wire } from '../support/http.js'
import { heldLedger, laterLedger, type HeldLedger } from '../support/ledgers.js'

interface Stage {
  readonly site: Site
  readonly guards: LedgerGuards
  readonly slow: HeldLedger
  /** `runs`: a handler has begun; `gone`: a response was closed */
  readonly events: EventEmitter
  readonly log: string[]
  /** the handlers that have begun and not yet answered */
  readonly running: Response[]
}

async function stage(express: Express, way: 'guard' | 'wrap'): Promise<Stage> {
  const slow = heldLedger()
  const guards = ifMatch({ ledger: slow.ledger, required: false, key: 'a' })
  const events = new EventEmitter()
  const log: string[] = []
  const running: Response[] = []
  const app = express()
  app.use((req, res, next) => {
    const name = req.query['name'] as string
    res.once('close', () => {
      log.push(`${name} gone`)
      events.emit(`${name} gone`)
    })
    events.emit(`${name} came`)
    next()
  })
  const handler: RequestHandler = (req, res) => {
    const name = req.query['name'] as string
    log.push(`${name} runs`)
    running.push(res)
    events.emit(`${name} runs`)
  }
  if (way === 'guard') app.put('/a', guards.guard(), handler)
  else app.put('/a', guards.wrap(handler as never))
  return { site: await start(app), guards, slow, events, log, running }
}

const put = (name: string, headers = '', body = ''): string =>
  `PUT /a?name=${name} HTTP/1.1\r\nHost: a\r\n${headers}\r\n${body}`

async function leave({ events }: Stage, client: Wire, name: string): Promise<void> {
  const gone = once(events, `${name} gone`)
  client.socket.destroy()
  await gone
}

describe.each(
  majors.flatMap(
    ([name, express]) =>
      [
        [name, 'guard', express],
        [name, 'wrap', express],
      ] as const,
  ),
)('%s, %s: a client that goes away', (_name, way, express) => {
  it('while its body arrives: the handler never runs', async () => {
    const s = await stage(express, way)
    const [before] = await s.guards.versions(['a'])
    const client = await wire(s.site)
    const came = once(s.events, 'first came')
    client.send(put('first', 'Content-Length: 10\r\n', 'half'))
    await came
    await leave(s, client, 'first')
    await another(s)
    expect(s.log).toEqual(['first gone', 'other runs', 'other gone'])
    expect(await s.guards.versions(['a'])).toEqual([moved(before, 1)])
  })

  it('while it waits in line: the handler never runs, and the line moves on', async () => {
    const s = await stage(express, way)
    const clients = []
    for (const name of ['first', 'second', 'third']) {
      const client = await wire(s.site)
      const arrived = once(s.events, name === 'first' ? 'first runs' : `${name} came`)
      client.send(put(name))
      await arrived
      clients.push(client)
    }
    await leave(s, clients[1]!, 'second')
    const next = once(s.events, 'third runs')
    s.running[0]?.json({})
    await next
    s.running[1]?.json({})
    await clients[2]?.until(/200 OK/)
    expect(s.log.filter((entry) => entry.endsWith('runs'))).toEqual(['first runs', 'third runs'])
  })

  it('while the store is asked, before it waits for another process: the handler never runs', async () => {
    const s = await stage(express, way)
    const ledger = s.slow.ledger
    const other = ifMatch({ ledger, required: false, key: 'a' })
    const held = gate()
    const holds = gate()
    const elsewhere = express().put('/a', other.guard() as RequestHandler, async (_req, res) => {
      holds.open()
      await held.opened
      res.json({})
    })
    const holding = ask(await start(elsewhere), { method: 'PUT', path: '/a' })
    await holds.opened
    s.slow.hold()
    const client = await wire(s.site)
    client.send(put('first'))
    await s.slow.asked()
    await leave(s, client, 'first')
    s.slow.release()
    held.open()
    await holding
    await another(s)
    expect(s.log.filter((entry) => entry.endsWith('runs'))).toEqual(['other runs'])
  })

  it('while the handler runs: it goes on, and its write counts', async () => {
    const s = await stage(express, way)
    const [before] = await s.guards.versions(['a'])
    const client = await wire(s.site)
    const runs = once(s.events, 'first runs')
    client.send(put('first'))
    await runs
    await leave(s, client, 'first')
    expect(await s.guards.versions(['a'])).toEqual([before])
    s.running[0]?.json({ a: 1 })
    await another(s)
    expect(await s.guards.versions(['a'])).toEqual([moved(before, 2)])
  })

  it('while the answer is held: it is settled all the same', async () => {
    const s = await stage(express, way)
    const [before] = await s.guards.versions(['a'])
    const client = await wire(s.site)
    const runs = once(s.events, 'first runs')
    client.send(put('first'))
    await runs
    s.slow.hold()
    s.running[0]?.json({ a: 1 })
    await s.slow.asked()
    client.socket.destroy()
    s.slow.release()
    if (!s.log.includes('first gone')) await once(s.events, 'first gone')
    await another(s)
    expect(await s.guards.versions(['a'])).toEqual([moved(before, 2)])
  })

  it('after the answer: nothing is left behind', async () => {
    const s = await stage(express, way)
    const client = await wire(s.site)
    const runs = once(s.events, 'first runs')
    client.send(put('first'))
    await runs
    s.running[0]?.json({ a: 1 })
    await client.until(/\{"a":1\}/)
    client.socket.destroy()
    await another(s)
    expect(s.log.filter((entry) => entry.endsWith('runs'))).toEqual(['first runs', 'other runs'])
  })
})

describe.each(majors)('%s: a POST in a tree whose client goes away before its answer', (_name, express) => {
  it('counts, and counts again when it comes to its end', async () => {
    const guards = ifMatch({ ledger: laterLedger() })
    const events = new EventEmitter()
    const app = express()
    let running: Response | undefined
    app.use(guards as RequestHandler)
    app.post('/list', (_req, res) => {
      running = res
      events.emit('runs')
    })
    app.get('/list', (_req, res) => res.json([]))
    const site = await start(app)
    const tag = async () => (await ask(site, { path: '/list' })).headers.etag
    const client = await wire(site)
    const runs = once(events, 'runs')
    client.send('POST /list HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n')
    await runs
    const before = await tag()
    const gone = once(running!, 'close')
    client.socket.destroy()
    await gone
    const between = await tag()
    expect(between).not.toBe(before)
    running?.status(201).json({})
    // the answer of another request, whose own steps come after those of this one
    await tag()
    expect(await tag()).not.toBe(between)
  })
})

/** Another writer gets through: the key is free. */
async function another(s: Stage): Promise<void> {
  const runs = once(s.events, 'other runs')
  const answer = ask(s.site, { method: 'PUT', path: '/a?name=other' })
  await runs
  s.running.at(-1)?.json({})
  expect((await answer).status).toBe(200)
  if (!s.log.includes('other gone')) await once(s.events, 'other gone')
}

function moved(version: string | undefined, by: number): string {
  const [epoch, count] = version?.split('-') ?? []
  return `${epoch ?? ''}-${Number(count) + by}`
}

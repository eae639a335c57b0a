import express from 'express'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ifMatch, problems, type ClaimOptions } from 'express-if-match'
import { redisLedger, type RedisClient } from '../../src/stores/redis.js'
import { serve } from '../support/api.js'
import { ownForgetfulRedis } from '../support/own-servers.js'
import { tcpProxy } from '../support/tcp-proxy.js'
import { clientKinds, clients, type ClientKind } from './redis-clients.js'
import { connect, serverOf } from './redis-own.js'
import { rewrite } from './redis-support.js'

/** Articles behind the guard, and what reached their handler. */
async function articles(client: RedisClient, claim: ClaimOptions = {}) {
  const { lease } = claim
  const ledger = redisLedger(client, lease === undefined ? {} : { lease })
  const guards = ifMatch({ ledger, key: 'articles/:id', claim })
  const stored = new Map<string, string>()
  const writes: string[] = []
  const app = express()
  app.use(express.json())
  app.get('/articles/:id', guards.read(), (req, res) => {
    res.json({ title: stored.get(req.params.id) ?? 'none' })
  })
  app.put(
    '/articles/:id',
    guards.wrap(async (req, res) => {
      const { title } = req.body as { title: string }
      writes.push(title)
      stored.set(req.params.id, title)
      res.json({ title })
    }),
  )
  app.use(problems())
  const send = await serve(app)
  const path = '/articles/1'
  return {
    writes,
    get: () => send('GET', path),
    tag: async () => (await send('GET', path)).headers.etag!,
    put: (title: string, tag: string) => send('PUT', path, { headers: { 'If-Match': tag }, body: { title } }),
  }
}

async function open(kind: ClientKind, port: number): Promise<RedisClient> {
  const opened = clients()
  onTestFinished(() => opened.close())
  return opened.open(kind, port)
}

const version = (tag: string | undefined): number => Number(/^"(\d+)/.exec(tag ?? '')?.[1])

ownForgetfulRedis.describe('ifMatch over redisLedger', () => {
  describe.each(clientKinds.map((kind) => [kind.name, kind] as const))('%s', (_name, kind) => {
    it('lets one of 20 concurrent PUTs with one tag through', async () => {
      const server = await serverOf(ownForgetfulRedis)
      const { put, get, tag, writes } = await articles(await open(kind, server.port))
      for (let round = 0; round < 5; round++) {
        const before = await tag()
        const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => put(`${round}-${n}`, before)))
        const won = answers.filter(({ status }) => status === 200)
        expect(won).toHaveLength(1)
        expect(answers.filter(({ status }) => status === 409)).toHaveLength(19)
        expect([writes.length, writes.at(-1)]).toEqual([round + 1, won[0]!.json.title])
        expect((await get()).json).toEqual(won[0]!.json)
        expect(version(won[0]!.headers.etag)).toBe(version(before) + 1)
      }
    })

    it('asks Redis twice for a write, once for a read', async () => {
      const server = await serverOf(ownForgetfulRedis)
      const { put, get, tag } = await articles(await open(kind, server.port))
      const before = await tag()
      const admin = connect(server.port)
      await admin.config('RESETSTAT')
      const scripts = async () =>
        Number(/cmdstat_evalsha:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1] ?? 0)
      expect((await put('new', before)).status).toBe(200)
      expect(await scripts()).toBe(2)
      await get()
      expect(await scripts()).toBe(3)
      expect((await put('late', before)).status).toBe(409)
      expect(await scripts()).toBe(4)
    })

    it('answers 503 while the server is down, and goes on by itself when it is back', async () => {
      const server = await serverOf(ownForgetfulRedis)
      const { put, get, tag, writes } = await articles(await open(kind, server.port), {
        wait: 1000,
        lease: 3000,
      })
      const before = await tag()
      await server.crash()
      for (let attempt = 0; attempt < 2; attempt++) {
        const down = await put('down', before)
        expect(down).toMatchObject({ status: 503, problem: { code: 'store-unavailable', applied: 'no' } })
      }
      // a read needs no version
      const read = await get()
      expect([read.status, read.headers.etag]).toEqual([200, undefined])
      expect(writes).toEqual([])
      await server.start()
      await expect.poll(async () => (await get()).headers.etag, { timeout: 15_000 }).toBeDefined()
      // its versions died with it: a conflict, and no match
      expect((await put('stale', before)).status).toBe(409)
      // and its claims: nothing is written until the handlers of before must have ended
      const early = await put('early', await tag())
      expect(early).toMatchObject({ status: 409, problem: { code: 'write-in-progress', retryable: true } })
      await expect.poll(async () => (await put('new', await tag())).status, { timeout: 20_000 }).toBe(200)
      expect(writes).toEqual(['new'])
      const admin = connect(server.port)
      const connections = async () => String(await admin.client('LIST')).match(/^id=/gm)
      // its own, and this one
      await expect.poll(connections, { timeout: 10_000 }).toHaveLength(2)
    })

    it('makes every write once, or not at all, wherever the connection is cut', async () => {
      const server = await serverOf(ownForgetfulRedis)
      const proxy = await tcpProxy(server.port)
      onTestFinished(() => proxy.close())
      const { put, get, tag, writes } = await articles(await open(kind, proxy.port))
      const statuses: number[] = []
      // up to where both trips of a write are over
      for (let bytes = 1; bytes < 900; bytes += 47) {
        const before = await tag()
        const made = writes.length
        proxy.cutAfter(bytes)
        const answer = await put(`cut after ${bytes}`, before)
        proxy.heal()
        statuses.push(answer.status)
        // a new connection may take some attempts
        await expect.poll(async () => (await get()).headers.etag, { timeout: 15_000 }).toBeDefined()
        const after = version(await tag())
        if (answer.status === 200) {
          expect(writes.length, 'one run of the handler').toBe(made + 1)
          expect([after, version(answer.headers.etag)]).toEqual([version(before) + 1, version(before) + 1])
        } else {
          expect(answer, 'nothing was done').toMatchObject({ status: 503, problem: { applied: 'no' } })
          expect([after, writes.length]).toEqual([version(before), made])
        }
      }
      expect(statuses).toContain(200)
    }, 60_000)
  })

  it('takes a swap that the driver sends twice for one', async () => {
    const server = await serverOf(ownForgetfulRedis)
    const redis = connect(server.port)
    const twice = {
      async sendCommand([name, ...args]: string[]) {
        await redis.call(name!, ...args)
        return redis.call(name!, ...args)
      },
    }
    const { put, tag, writes } = await articles(twice, { wait: 0 })
    for (const title of ['a', 'b', 'c']) {
      const before = await tag()
      const answer = await put(title, before)
      expect([answer.status, version(answer.headers.etag)]).toEqual([200, version(before) + 1])
      expect(await tag()).toContain(String(version(before) + 1))
    }
    expect(writes).toEqual(['a', 'b', 'c'])
  })

  it('ends a claim by the clock of the server, with the version moved on', async () => {
    const server = await serverOf(ownForgetfulRedis)
    const redis = connect(server.port)
    const { put, get, tag } = await articles(redis)
    const before = await tag()
    const key = 'if-match:articles/1'
    // a process that claimed it, and died
    await rewrite(redis, key, { beat: 0, lease: 1000, doubtful: 0, ends: 1, token: 'dead' })
    expect(version((await get()).headers.etag)).toBe(version(before) + 1)
    expect((await put('stale', before)).status).toBe(409)
    expect((await put('new', await tag())).status).toBe(200)
  })
})

import express from 'express'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener } from 'node:http'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { withTags } from 'express-if-match/testing'

/** Versions in a Map: enough of a guarded API to see what an agent sends. */
function api(): { app: RequestListener; sent: string[] } {
  const versions = new Map<string, number>([['/articles/1', 1]])
  const sent: string[] = []
  const app: RequestListener = (req, res) => {
    const path = new URL(req.url ?? '/', 'http://localhost').pathname
    sent.push(`${req.method} ${path} ${header(req)}`)
    const version = versions.get(path)
    const answer = (status: number, headers: Record<string, string> = {}) =>
      res.writeHead(status, headers).end()
    if (req.method === 'POST' && path === '/articles') {
      versions.set('/articles/2', 7)
      return answer(201, { location: '/articles/2', etag: '"7"' })
    }
    if (req.method === 'POST') return answer(200, { etag: '"not-of-the-path"' })
    if (version === undefined) return answer(404, { etag: '"of-the-404"' })
    if (req.url?.endsWith('?untagged')) return answer(200)
    if (req.method === 'GET' || req.method === 'HEAD') return answer(200, { etag: `"${version}"` })
    if (header(req) !== `"${version}"`) return answer(409, { etag: `"${version}"` })
    versions.set(path, version + 1)
    if (req.method === 'DELETE') return answer(204)
    return answer(200, { etag: `"${version + 1}"` })
  }
  return { app, sent }
}

const header = (req: IncomingMessage): string => req.headers['if-match'] ?? '-'

describe('withTags', () => {
  it('sends back what a GET told, and what each write told', async () => {
    const { app, sent } = api()
    const agent = withTags(request(app))
    await agent.get('/articles/1?fields=title').expect(200)
    await agent.put('/articles/1').send({ title: 'a' }).expect(200)
    await agent.patch('/articles/1').expect(200)
    expect(sent).toEqual(['GET /articles/1 -', 'PUT /articles/1 "1"', 'PATCH /articles/1 "2"'])
    expect(agent.tagOf('/articles/1')).toBe('"3"')
  })

  it('works on an agent with cookies, on a server, and with a HEAD', async () => {
    const { app } = api()
    const agent = withTags(request.agent(createServer(app)))
    await agent.head('/articles/1').expect(200)
    await agent.delete('/articles/1').expect(204)
    expect(agent.tagOf('/articles/1')).toBeUndefined()
  })

  it('keeps its tag over a read that has none', async () => {
    const agent = withTags(request(api().app))
    await agent.get('/articles/1')
    await agent.get('/articles/1?untagged').expect(200)
    expect(agent.tagOf('/articles/1')).toBe('"1"')
  })

  it('takes the tag of a 201 for what was created', async () => {
    const { app } = api()
    const agent = withTags(request(app))
    await agent.post('/articles').expect(201)
    expect([agent.tagOf('/articles'), agent.tagOf('/articles/2')]).toEqual([undefined, '"7"'])
    await agent.put('/articles/2').expect(200)
  })

  it.each([
    ['2', '/articles/2'],
    ['../notes/2', '/notes/2'],
    ['/articles/2', '/articles/2'],
    ['http://127.0.0.1/articles/2', '/articles/2'],
  ])('whose place may be relative to what was asked (%s)', async (location, path) => {
    const app = express()
    app.post('/articles/', (_req, res) => void res.status(201).set({ location, etag: '"7"' }).end())
    const agent = withTags(request(app))
    await agent.post('/articles/')
    expect(agent.tagOf(path)).toBe('"7"')
  })

  it('keeps the tag of another resource apart, and takes none from a POST that created nothing', async () => {
    const { app, sent } = api()
    const agent = withTags(request(app))
    await agent.get('/articles/1')
    await agent.post('/articles/1/publish').expect(200)
    expect(agent.tagOf('/articles/1/publish')).toBeUndefined()
    await agent.put('/articles/9').expect(404)
    expect(sent.at(-1)).toBe('PUT /articles/9 -')
    expect(agent.tagOf('/articles/9')).toBeUndefined()
  })

  it('takes no tag from a refusal, which it would overwrite unread with', async () => {
    const { app } = api()
    const [mine, theirs] = [withTags(request(app)), withTags(request(app))]
    await mine.get('/articles/1')
    await theirs.get('/articles/1')
    await theirs.put('/articles/1').expect(200)
    await mine.put('/articles/1').expect(409)
    await mine.put('/articles/1').expect(409)
    await mine.get('/articles/1')
    await mine.put('/articles/1').expect(200)
  })

  it('can be told to send none, or a stale one', async () => {
    const { app, sent } = api()
    const agent = withTags(request(app))
    await agent.get('/articles/1')
    await agent.put('/articles/1').unset('If-Match').expect(409)
    await agent.untagged.put('/articles/1').expect(409)
    await agent.put('/articles/1').set('If-Match', '"old"').expect(409)
    await agent.withTag('"older"').put('/articles/1').expect(409)
    agent.forget('/articles/1')
    await agent.put('/articles/1').expect(409)
    expect(sent.map((line) => line.split(' ')[2])).toEqual(['-', '-', '-', '"old"', '"older"', '-'])
    await agent.get('/articles/1')
    agent.forget()
    expect(agent.tagOf('/articles/1')).toBeUndefined()
  })

  it('leaves the rest of the agent as it is', async () => {
    const { app, sent } = api()
    const agent = withTags(request.agent(app))
    agent.set('If-Match', '"default"')
    await agent.put('/articles/1').expect(409)
    expect(sent).toEqual(['PUT /articles/1 "default"'])
  })
})

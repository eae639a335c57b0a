import { ifMatch } from 'express-if-match'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ask, majors, start, type Express, type Site } from '../support/http.js'

const folder = mkdtempSync(join(tmpdir(), 'express-if-match-'))
const file = join(folder, 'file.txt')
const text = '0123456789'.repeat(20_000)
writeFileSync(file, text)
afterAll(() => {
  rmSync(folder, { recursive: true })
})

interface Files extends Site {
  readonly touch: () => Promise<void>
}

async function serve(express: Express): Promise<Files> {
  const guards = ifMatch({ key: 'file', required: false })
  const app = express()
  app.get('/bare', (_req, res) => res.sendFile(file))
  app.get('/file', guards.read(), (_req, res) => res.sendFile(file))
  app.put('/file', guards.guard(), (_req, res) => res.sendFile(file))
  return { ...(await start(app)), touch: () => guards.touch('file') }
}

describe.each(majors)('%s: res.sendFile', (_name, express) => {
  it('gets a tag of version and content, the same for HEAD, and is sent whole', async () => {
    const site = await serve(express)
    const answer = await ask(site, { path: '/file' })
    expect([answer.status, answer.text]).toEqual([200, text])
    expect(answer.headers.etag).toMatch(/^"[^.]+\.[^.]+"$/)
    expect(answer.headers['last-modified']).toBeDefined()
    const head = await ask(site, { path: '/file', method: 'HEAD' })
    expect([head.status, head.text]).toEqual([200, ''])
    expect([head.headers.etag, head.headers['content-length']]).toEqual([answer.headers.etag, '200000'])
  })

  it('is not sent again to who has it, with every header that the 200 has but those of the body', async () => {
    const site = await serve(express)
    const { headers } = await ask(site, { path: '/file' })
    for (const method of ['GET', 'HEAD']) {
      const again = await ask(site, { path: '/file', method, headers: { 'if-none-match': headers.etag } })
      expect([again.status, again.text, again.complete]).toEqual([304, '', true])
      for (const name of ['etag', 'last-modified', 'cache-control', 'accept-ranges'])
        expect(again.headers[name], name).toBe(headers[name])
      for (const name of ['content-type', 'content-length']) expect(again.headers[name], name).toBeUndefined()
    }
  })

  it('is sent again once the state has moved, although the file has not', async () => {
    const site = await serve(express)
    const { headers } = await ask(site, { path: '/file' })
    await site.touch()
    const again = await ask(site, { path: '/file', headers: { 'if-none-match': headers.etag } })
    expect([again.status, again.text]).toEqual([200, text])
    expect(again.headers.etag).not.toBe(headers.etag)
  })

  it('gives parts, without a tag; a part for our tag is the whole, for a date it is the part', async () => {
    const site = await serve(express)
    const { headers } = await ask(site, { path: '/file' })
    const part = await ask(site, { path: '/file', headers: { range: 'bytes=5-9' } })
    expect([part.status, part.text, part.headers.etag]).toEqual([206, '56789', undefined])
    const range = (ifRange: string | undefined) =>
      ask(site, { path: '/file', headers: { range: 'bytes=5-9', 'if-range': ifRange } })
    const whole = await range(headers.etag)
    expect([whole.status, whole.text]).toEqual([200, text])
    expect((await range(headers['last-modified'])).status).toBe(206)
    expect((await ask(site, { path: '/file', headers: { range: 'bytes=900000-' } })).status).toBe(416)
  })

  it('saves the body by date, and then names no state: a second hides more than one', async () => {
    const site = await serve(express)
    const { headers } = await ask(site, { path: '/file' })
    const since = { 'if-modified-since': headers['last-modified'] }
    expect((await ask(site, { path: '/bare', headers: since })).status).toBe(304)
    const again = await ask(site, { path: '/file', headers: since })
    expect([again.status, again.headers.etag]).toEqual([304, undefined])
  })

  it('meets If-Match of the current state, and no other', async () => {
    const site = await serve(express)
    const { headers } = await ask(site, { path: '/file' })
    const current = await ask(site, { path: '/file', headers: { 'if-match': headers.etag } })
    expect([current.status, current.text]).toEqual([200, text])
    await site.touch()
    const stale = await ask(site, { path: '/file', headers: { 'if-match': headers.etag } })
    expect([stale.status, stale.headers.etag]).toEqual([412, undefined])
    expect(JSON.parse(stale.text)).toMatchObject({ code: 'version-conflict', reason: 'stale', applied: 'no' })
  })

  it('after a write has the tag of what was written, and no say in whether it was allowed', async () => {
    const site = await serve(express)
    const { headers } = await ask(site, { path: '/file' })
    const put = (sent: Record<string, string | undefined>) =>
      ask(site, { path: '/file', method: 'PUT', headers: sent })
    const first = await put({
      'if-match': headers.etag,
      'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:00 GMT',
    })
    expect([first.status, first.text]).toEqual([200, text])
    expect(first.headers.etag).toMatch(/^"[^.]+"$/)
    expect((await put({ 'if-match': headers.etag })).status).toBe(409)
    const unmatched = { 'if-none-match': headers.etag, 'if-modified-since': headers['last-modified'] }
    expect((await put(unmatched)).status).toBe(200)
    const { headers: bare } = await ask(site, { path: '/bare' })
    expect((await put({ 'if-none-match': bare.etag })).status).toBe(200)
  })
})

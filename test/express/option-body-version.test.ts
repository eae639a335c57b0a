import express from 'express'
import express4 from 'express4'
import { ifMatch, memoryTable, problems } from 'express-if-match'
import { describe, expect, it, vi } from 'vitest'
import { gate, serve } from '../support/api.js'
import { noteApi } from '../support/notes.js'
import { lastResort } from '../support/orders.js'

const REV = { bodyVersion: 'rev' } as const

describe('bodyVersion on a ledger', () => {
  it('is embedded in what a read and a write answer; after a write it is the new version', async () => {
    const { send, put } = await noteApi(REV)
    const read = await send('GET', '/notes/1')
    expect(read.json).toEqual({ text: 'a', rev: expect.any(String) })
    expect(read.headers.etag).toContain(`"${read.json.rev}.`)
    const written = await put('1', undefined, { text: 'x', rev: read.json.rev })
    expect(written).toMatchObject({ status: 200, json: { text: 'x' } })
    expect(written.headers.etag).toBe(`"${written.json.rev}"`)
    expect(written.json.rev).not.toBe(read.json.rev)
    expect((await send('GET', '/notes/1')).json.rev).toBe(written.json.rev)
    expect((await put('1', undefined, { text: 'y', rev: read.json.rev })).status).toBe(409)
  })

  it('is embedded by read({ skip: true }) as well, but for a read under a claim, which has no tag either', async () => {
    const later = gate()
    const guards = ifMatch({ key: 'notes/:id', ...REV })
    const app = express().use(express.json())
    app.get('/notes/:id', guards.read({ skip: true }), (_req, res) => res.json({ text: 'a' }))
    app.put('/notes/:id', guards.guard(), (_req, res) => void later.opened.then(() => res.json({})))
    const send = await serve(app.use(problems()))
    const { json, headers } = await send('GET', '/notes/1')
    expect(headers.etag).toBe(`"${json.rev}"`)
    const writing = send('PUT', '/notes/1', { body: { rev: json.rev } })
    await vi.waitFor(async () => {
      const under = await send('GET', '/notes/1')
      expect([under.json, under.headers.etag]).toEqual([{ text: 'a' }, undefined])
    })
    later.open()
    expect((await writing).status).toBe(200)
    expect((await send('GET', '/notes/1')).json.rev).not.toBe(json.rev)
  })

  it('does not name a deleted state in the read of what came back past the library', async () => {
    const { send, put, notes } = await noteApi(REV)
    const { rev } = (await send('GET', '/notes/1')).json
    await send('DELETE', '/notes/1', { body: { rev } })
    notes.set('1', { text: 'back' })
    const { headers, json } = await send('GET', '/notes/1')
    expect(json).toEqual({ text: 'back' })
    expect((await put('1', headers.etag, json)).status).toBe(200)
  })

  it('is taken out of the body before the handler', async () => {
    const { send, put } = await noteApi(REV, (req, res) => res.json({ got: req.body }))
    const { rev } = (await send('GET', '/notes/1')).json
    const answer = await put('1', undefined, { text: 'x', rev })
    expect(answer.json.got).toEqual({ text: 'x' })
  })

  it('is not embedded in a refusal, an array, a text, or what is not JSON', async () => {
    const answers: Record<string, (res: express.Response) => unknown> = {
      refusal: (res) => res.status(422).json({ no: true }),
      array: (res) => res.json([{ a: 1 }]),
      text: (res) => res.json('x'),
      html: (res) => res.send('<p>'),
    }
    const { put, tag } = await noteApi(REV, (req, res) => answers[req.body.answer]?.(res))
    for (const [answer, expected] of [
      ['refusal', '{"no":true}'],
      ['array', '[{"a":1}]'],
      ['text', '"x"'],
      ['html', '<p>'],
    ])
      expect((await put('1', await tag(), { answer })).text).toBe(expected)
  })

  it('beside a member of the same name is a mistake', async () => {
    const { send, tag, put } = await noteApi({ bodyVersion: 'text' })
    expect((await send('GET', '/notes/1')).json).toMatchObject({ code: 'ERR_BODY_VERSION_TAKEN' })
    expect((await put('1', '*', {})).status).not.toBe(200)
    expect(await tag()).toBe('')
  })

  it('header and body must both hold', async () => {
    const { send, put, tag } = await noteApi(REV)
    const old = { tag: await tag(), rev: (await send('GET', '/notes/1')).json.rev as string }
    await put('1', old.tag)
    const now = { tag: await tag(), rev: (await send('GET', '/notes/1')).json.rev as string }
    expect((await put('1', now.tag, { rev: old.rev })).status).toBe(409)
    expect((await put('1', old.tag, { rev: now.rev })).status).toBe(409)
    expect((await put('1', now.tag, { rev: now.rev })).status).toBe(200)
  })

  it.each([
    ['{"rev":{}}', 400],
    ['{"rev":["1"]}', 400],
    ['{"rev":true}', 400],
    ['{"rev":"abc"}', 400],
    ['{"rev":""}', 400],
    ['{"rev":1.5}', 400],
    ['{"rev":-1}', 400],
    ['{"rev":1e400}', 400],
    ['{"rev":null}', 428],
    ['{}', 428],
    ['[{"rev":"abc"}]', 428],
    ['{"__proto__":{"rev":"abc"}}', 428],
  ])('%s: %i', async (raw, status) => {
    const { send } = await noteApi(REV)
    const { problem, ...answer } = await send('PUT', '/notes/1', { raw })
    expect(answer.status).toBe(status)
    expect(problem.code).toBe(status === 400 ? 'malformed-precondition' : 'precondition-required')
  })

  it('counts in the body of a DELETE too, where one is parsed', async () => {
    const { send } = await noteApi({ ...REV, required: false })
    const { rev } = (await send('GET', '/notes/1')).json
    await send('PUT', '/notes/1', { body: { text: 'x' } })
    expect((await send('DELETE', '/notes/1', { body: { rev } })).status).toBe(409)
    expect((await send('DELETE', '/notes/1')).status).toBe(204)
  })
})

describe.each([
  ['Express 5', express],
  ['Express 4', express4 as unknown as typeof express],
])('bodyVersion without a parsed body, %s', (_name, framework) => {
  const api = (parsed: boolean) => {
    const guards = ifMatch({ key: 'a/:id', bodyVersion: 'rev', required: false })
    const app = framework()
    if (parsed) app.use(framework.json())
    app.put('/a/:id', guards.guard(), (_req, res) => void res.json({ ok: true }))
    app.delete('/a/:id', guards.guard(), (_req, res) => void res.json({ ok: true }))
    return serve(app.use(problems()).use(lastResort))
  }

  it('is a mistake that names the missing parser', async () => {
    const send = await api(false)
    for (const type of [
      'application/json',
      'application/merge-patch+json; charset=utf-8',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencoded',
    ]) {
      const answer = await send('PUT', '/a/1', { raw: '{}', headers: { 'Content-Type': type } })
      expect(answer.json, type).toMatchObject({ code: 'ERR_BODY_NOT_PARSED' })
      expect(answer.json.message).toContain('express.json()')
    }
  })

  it('is none where there is no body, a header names the version, or the body has no members', async () => {
    const send = await api(false)
    expect((await send('PUT', '/a/1')).status).toBe(200)
    expect((await send('DELETE', '/a/1', { raw: '{}' })).status).toBe(200)
    const text = { raw: 'hello', headers: { 'Content-Type': 'text/plain' } }
    expect((await send('PUT', '/a/1', text)).status).toBe(200)
    expect((await (await api(true))('PUT', '/a/1', text)).status).toBe(200)
  })
})

describe('bodyVersion elsewhere', () => {
  it('is the version column of a table, unless it is named or turned off', async () => {
    const status = async (options: { bodyVersion?: string | false }, body: object) => {
      const table = memoryTable<{ id: string; text: string; version: number }>({
        columns: ['text'],
        rows: [{ id: '1', text: '', version: 1 }],
      })
      const things = ifMatch({ key: 'things/:id', table, required: false, ...options })
      const app = express().use(express.json())
      app.put(
        '/things/:id',
        things.wrap(async (_req, res, write) => res.json(await write.update({ text: 'x' }))),
      )
      return (await (await serve(app.use(problems())))('PUT', '/things/1', { body })).status
    }
    expect(await status({}, { version: 2 })).toBe(409)
    expect(await status({ bodyVersion: false }, { version: 2 })).toBe(200)
    expect(await status({ bodyVersion: 'rev' }, { version: 2, rev: 1 })).toBe(200)
    expect(await status({ bodyVersion: 'rev' }, { rev: 2 })).toBe(409)
  })

  it('a number that JSON rounded is no version', async () => {
    const things = ifMatch({ key: 'things/:id', version: 'n', current: () => ({ n: 2n ** 53n }) })
    const app = express().use(express.json())
    app.put('/things/:id', things.guard(), (_req, res) => res.json({}))
    const send = await serve(app)
    const put = async (raw: string) => (await send('PUT', '/things/1', { raw })).status
    expect(await put('{"n":9007199254740993}')).toBe(400)
    expect(await put('{"n":"9007199254740993"}')).toBe(409)
    expect(await put('{"n":"9007199254740992"}')).toBe(200)
    expect(await put('{"n":1e400}')).toBe(400)
  })
})

import express from 'express'
import { ifMatch } from 'express-if-match'
import { describe, expect, it } from 'vitest'
import { serve } from '../support/api.js'
import { noteApi } from '../support/notes.js'

const STALE = '"0"'

/** A tag of this API that is no longer current. */
async function stale(options: Parameters<typeof noteApi>[0]) {
  const api = await noteApi(options)
  const old = await api.tag()
  await api.put('1', old)
  return { api, old }
}

describe('status', () => {
  it('of a version conflict is 409, or 412 where asked for', async () => {
    for (const [status, expected] of [
      [undefined, 409],
      [409, 409],
      [412, 412],
      ['auto', 412],
    ] as const) {
      const { api, old } = await stale(status === undefined ? {} : { status })
      const answer = await api.put('1', old)
      expect(answer).toMatchObject({
        status: expected,
        problem: { code: 'version-conflict', status: expected },
      })
    }
  })

  it('auto: 409 where the body failed', async () => {
    const { api, old } = await stale({ status: 'auto', bodyVersion: 'rev', required: false })
    const rev = (await api.send('GET', '/notes/1')).json.rev as string
    expect((await api.put('1', undefined, { rev, text: 'x' })).status).toBe(200)
    expect((await api.put('1', undefined, { rev, text: 'x' })).status).toBe(409)
    expect((await api.put('1', old)).status).toBe(412)
  })

  it('a failed If-None-Match is 412 whatever is asked for (RFC 9110 §13.1.2)', async () => {
    const { api } = await stale({ status: 409 })
    const headers = { 'If-None-Match': '*' }
    expect((await api.send('PUT', '/notes/1', { headers, body: {} })).status).toBe(412)
  })
})

describe('required', () => {
  it('428 and no-store without a precondition; not where it is not required', async () => {
    const strict = await (await noteApi()).put('1')
    expect(strict).toMatchObject({ status: 428, problem: { code: 'precondition-required', applied: 'no' } })
    expect(strict.headers['cache-control']).toBe('no-store')
    expect((await (await noteApi({ required: false })).put('1')).status).toBe(200)
  })

  it('is overridden by the route', async () => {
    const loose = ifMatch({ required: false, key: 'a/:id' })
    const app = express()
      .put('/a/:id', loose.guard({ required: true }), (_req, res) => res.json({}))
      .patch('/a/:id', loose.guard(), (_req, res) => res.json({}))
    const send = await serve(app)
    expect((await send('PUT', '/a/1')).status).toBe(428)
    expect((await send('PATCH', '/a/1')).status).toBe(200)
  })

  it('an unconditional write moves the version all the same', async () => {
    const api = await noteApi({ required: false })
    const old = await api.tag()
    await api.put('1')
    expect((await api.put('1', old)).status).toBe(409)
  })

  it('an empty If-None-Match is no precondition; an empty If-Match can never hold', async () => {
    const { send } = await noteApi()
    const empty = (name: string) => send('PUT', '/notes/1', { headers: { [name]: '' }, body: {} })
    expect((await empty('If-None-Match')).status).toBe(428)
    expect((await empty('If-Match')).status).toBe(409)
  })

  it('a whole tree requires nothing unless told to', async () => {
    const app = (required?: boolean) =>
      express()
        .use(ifMatch(required === undefined ? {} : { required }))
        .put('/a', (_req, res) => res.json({}))
    expect((await (await serve(app()))('PUT', '/a')).status).toBe(200)
    expect((await (await serve(app(true)))('PUT', '/a')).status).toBe(428)
  })
})

describe('reveal', () => {
  it('nothing, unless asked for', async () => {
    const { api, old } = await stale({})
    const { problem } = await api.put('1', old)
    expect(problem.current).toBeUndefined()
    expect(problem).toMatchObject({ resource: 'notes/1', expected: [old.slice(1, old.indexOf('.'))] })
  })

  it('version', async () => {
    const { api, old } = await stale({ reveal: 'version' })
    const current = await api.tag()
    const { problem, headers } = await api.put('1', old)
    const version = current.slice(1, current.indexOf('.'))
    expect(problem.current).toEqual({ version, etag: `"${version}"` })
    expect(headers.etag).toBeUndefined()
  })

  it('of what is gone: nothing, whatever is asked for', async () => {
    const api = await noteApi({ reveal: 'version' })
    const old = await api.tag()
    await api.send('DELETE', '/notes/1', { headers: { 'If-Match': old } })
    const { problem } = await api.put('1', old)
    expect(problem).toMatchObject({ code: 'version-conflict', reason: 'gone' })
    expect(problem.current).toBeUndefined()
  })

  it('nothing: not even what `represent` would show', async () => {
    const things = ifMatch({
      key: 'things/:id',
      version: 'n',
      current: () => ({ n: 3 }),
      represent: (row) => row,
      reveal: 'nothing',
    })
    const app = express().put('/things/:id', things.guard(), (_req, res) => res.json({}))
    const { problem } = await (await serve(app))('PUT', '/things/1', { headers: { 'If-Match': STALE } })
    expect(problem.code).toBe('version-conflict')
    expect(problem.current).toBeUndefined()
  })

  it('representation: what `represent` makes of the row, beside its version', async () => {
    const things = ifMatch({
      key: 'things/:id',
      version: 'n',
      current: () => ({ n: 3, text: 'theirs', secret: 'x' }),
      represent: ({ text }) => ({ text }),
    })
    const app = express().put('/things/:id', things.guard(), (_req, res) => res.json({}))
    const { problem } = await (await serve(app))('PUT', '/things/1', { headers: { 'If-Match': STALE } })
    expect(problem.current).toEqual({ version: '3', etag: '"3"', representation: { text: 'theirs' } })
  })
})

describe('weakTags', () => {
  it.each(['W/"$"', '"$-gzip"', '"$;br"', 'W/"$-gzip"'])('%s: rejected, or accepted', async (form) => {
    for (const [weakTags, status] of [
      ['reject', 409],
      ['accept', 200],
    ] as const) {
      const api = await noteApi({ weakTags })
      const read = await api.tag()
      // the tag of a write: in that of a read the suffix stands in the content part, which If-Match leaves aside
      const tag = form.replace('$', read.slice(1, read.indexOf('.')))
      const answer = await api.put('1', tag)
      expect(answer.status, `${weakTags} ${tag}`).toBe(status)
      if (status === 409) expect(answer.problem.reason).toBe('weak-validator')
    }
  })

  it('a superseded tag does not match, weakened or not', async () => {
    const { api, old } = await stale({ weakTags: 'accept' })
    expect((await api.put('1', `W/${old}`)).status).toBe(409)
  })

  it('a strong tag beside a weak one counts', async () => {
    const api = await noteApi()
    expect((await api.put('1', `W/"x", ${await api.tag()}`)).status).toBe(200)
  })
})

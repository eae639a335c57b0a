import { describe, expect, it } from 'vitest'
import { settlements } from '../support/api.js'
import { orderApi, TABLES } from '../support/orders.js'

const ONE = { headers: { 'If-Match': '"1"' }, body: {} }
const ABSENT = { headers: { 'If-None-Match': '*' }, body: { status: 'new' } }

describe.each(Object.entries(TABLES))('table, %s: insert and delete', (_name, make) => {
  it('creates what is absent, once', async () => {
    const send = await orderApi(make(), async (body, write, res) =>
      res.status(201).json(await write.insert(body)),
    )
    const answers = await Promise.all([1, 2, 3].map(() => send('PUT', '/orders/8', ABSENT)))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 412, 412])
    const created = answers.find(({ status }) => status === 201)
    expect(created?.headers.etag).toBe(`"${created?.json.version}"`)
    const loser = answers.find(({ status }) => status === 412)
    expect(loser?.problem).toMatchObject({
      code: 'already-exists',
      applied: 'no',
      expected: 'absent',
      current: { version: String(created?.json.version) },
    })
  })

  it('does not create for a client that names a version', async () => {
    const send = await orderApi(make(), (body, write) => write.insert(body))
    const answer = await send('PUT', '/orders/8', ONE)
    expect(answer).toMatchObject({ status: 409, problem: { reason: 'gone' } })
    expect((await send('GET', '/orders/8')).status).toBe(404)
  })

  it('does not change what is to be absent', async () => {
    const send = await orderApi(make(), (body, write) => write.update(body))
    expect((await send('PUT', '/orders/7', ABSENT)).status).toBe(412)
    expect((await send('PUT', '/orders/8', ABSENT)).status).toBe(404)
  })

  it('deletes the version that was named, without a tag on the answer', async () => {
    const send = await orderApi(make(), async (_body, write, res) => {
      await write.delete()
      res.status(204).end()
    })
    expect((await send('DELETE', '/orders/7', { headers: { 'If-Match': '"3"' } })).status).toBe(409)
    const deleted = await send('DELETE', '/orders/7', { headers: { 'If-Match': '"1"' } })
    expect(deleted.status).toBe(204)
    expect(deleted.headers.etag).toBeUndefined()
    const again = await send('DELETE', '/orders/7', { headers: { 'If-Match': '"1"' } })
    expect(again).toMatchObject({ status: 409, problem: { reason: 'gone' } })
  })

  it('never lets a version of an earlier life match (P2)', async () => {
    const send = await orderApi(make(), async (body, write) => {
      if (body.kill !== true) return write.update({ note: body.note })
      await write.delete()
      return write.insert({ status: 'new' })
    })
    const renewed = await send('PUT', '/orders/7', { ...ONE, body: { kill: true } })
    expect(renewed.status).toBe(200)
    expect(renewed.json.version).toBeGreaterThan(1)
    expect((await send('PUT', '/orders/7', { ...ONE, body: { note: 'late' } })).status).toBe(409)
  })
})

describe.each(Object.entries(TABLES))('table, %s: writes that nobody awaits', (_name, make) => {
  it('waits for them before the answer leaves', async () => {
    const send = await orderApi(make(), (_body, write, res) => {
      void write.update({ note: 'late' })
      res.json({ ok: true })
    })
    const answer = await send('PUT', '/orders/7', ONE)
    expect(answer).toMatchObject({ status: 200, json: { ok: true } })
    expect(answer.headers.etag).toBe('"2"')
    expect((await send('GET', '/orders/7')).json.note).toBe('late')
  })

  it('answers their failure in place of a success', async () => {
    const send = await orderApi(make(), (_body, write, res) => {
      void write.update({ note: 'late' })
      res.set('Location', '/elsewhere').json({ ok: true })
    })
    const stale = await send('PUT', '/orders/7', { ...ONE, headers: { 'If-Match': '"9"' } })
    expect(stale).toMatchObject({ status: 409, problem: { code: 'version-conflict', applied: 'no' } })
    expect(stale.headers.location).toBeUndefined()
  })

  it('lets no later success hide that an unawaited write failed', async () => {
    const send = await orderApi(make(), async (_body, write) => {
      void write.update({ color: 'red' } as never)
      return write.update({ note: 'a' })
    })
    const answer = await send('PUT', '/orders/7', ONE)
    expect(answer).toMatchObject({ status: 500, problem: { code: 'outcome-unknown', applied: 'unknown' } })
  })

  it('answers a caught conflict too, where the handler calls it a success', async () => {
    const send = await orderApi(make(), async (body, write) => {
      await write.update(body).catch(() => undefined)
      return { ok: true }
    })
    const answer = await send('PUT', '/orders/7', { ...ONE, headers: { 'If-Match': '"9"' } })
    expect(answer).toMatchObject({ status: 409, problem: { code: 'version-conflict' } })
  })

  it('forgives a caught failure that a second write made good, or that the handler says changed nothing', async () => {
    const send = await orderApi(make(), async (body, write) => {
      await write.update({ color: 'red' } as never).catch(() => undefined)
      if (body.give === 'up') write.unchanged()
      else return write.update({ note: 'second' })
      return { ok: true }
    })
    expect(await send('PUT', '/orders/7', { ...ONE, body: { give: 'up' } })).toMatchObject({ status: 200 })
    const second = await send('PUT', '/orders/7', ONE)
    expect(second).toMatchObject({ status: 200, json: { note: 'second', version: 2 } })
  })

  it('says that a conflict after a write of its own may have left something behind (P4)', async () => {
    const table = make()
    const send = await orderApi(table, async (_body, write) => {
      await write.update({ note: 'mine' })
      await table.update({ id: '7' }, { kind: 'unconditional' }, { note: 'theirs' })
      return write.update({ note: 'mine again' })
    })
    const answer = await send('PUT', '/orders/7', ONE)
    expect(answer).toMatchObject({ status: 409, problem: { reason: 'stale', applied: 'unknown' } })
  })
})

describe.each(Object.entries(TABLES))('table, %s: what a handler says', (_name, make) => {
  it('unchanged(): the version stays, and no tag is given', async () => {
    const events = settlements()
    const send = await orderApi(make(), (_body, write) => {
      write.unchanged()
    })
    const answer = await send('PUT', '/orders/7', ONE)
    expect(answer.status).toBe(200)
    expect(answer.headers.etag).toBeUndefined()
    expect(events).toMatchObject([{ key: 'orders/7', outcome: 'unwritten' }])
  })

  it('conflict(): a 409 of its own, with what it says', async () => {
    const send = await orderApi(make(), (_body, write) =>
      write.conflict({ detail: 'It is shipped.', representation: { status: 'shipped' } }),
    )
    const { status, problem } = await send('PUT', '/orders/7', ONE)
    expect(status).toBe(409)
    expect(problem).toMatchObject({
      code: 'version-conflict',
      detail: 'It is shipped.',
      current: { representation: { status: 'shipped' } },
      applied: 'no',
    })
  })

  it('wrote(): a refusal after it does not say that nothing was done', async () => {
    const send = await orderApi(make(), (_body, write) => {
      write.wrote()
      return write.update({ note: 'a' })
    })
    const answer = await send('PUT', '/orders/7', { ...ONE, headers: { 'If-Match': '"9"' } })
    expect(answer.problem).toMatchObject({ code: 'version-conflict', applied: 'unknown' })
  })

  it('conflict() after a write: its effect is not known', async () => {
    const send = await orderApi(make(), async (_body, write) => {
      await write.update({ note: 'a' })
      return write.conflict()
    })
    expect((await send('PUT', '/orders/7', ONE)).problem).toMatchObject({ applied: 'unknown' })
  })

  it('knows the key and what is expected', async () => {
    const send = await orderApi(make(), (_body, write) => {
      write.unchanged()
      return { key: write.key, expected: write.expected }
    })
    expect((await send('PUT', '/orders/7', ONE)).json).toEqual({
      key: 'orders/7',
      expected: { kind: 'one-of', versions: ['1'], weak: false, source: 'if-match' },
    })
  })
})

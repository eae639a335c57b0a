import type { GuardOptions } from 'express-if-match'
import { fakeClock } from 'express-if-match/testing'
import { describe, expect, it } from 'vitest'
import { gate, settlements } from '../support/api.js'
import { later, type Handler } from '../support/ended-transactions.js'
import { wire } from '../support/http.js'

const WAYS: readonly [string, GuardOptions, 'PUT' | 'PATCH'][] = [
  ['wrap, under a claim', {}, 'PUT'],
  ['wrap, without a claim', { transaction: true }, 'PUT'],
  ['guard, under a claim', {}, 'PATCH'],
  ['guard, without a claim', { transaction: true }, 'PATCH'],
]
const MAX = 60_000

describe.each(WAYS)('a transaction whose work awaits something, %s', (_name, mode, method) => {
  it('holds what is answered inside until the commit', async () => {
    const events = settlements()
    const inside = gate()
    const go = gate()
    const { write, record, send, notes } = await later(
      async (_req, res, write) => {
        await write.transaction(async (client) => {
          res.status(201).json({ ok: true })
          inside.open()
          await go.opened
          await client.note('after the answer')
        })
      },
      { mode },
    )
    let answered = false
    const sent = write(method).finally(() => (answered = true))
    await inside.opened
    // while this one comes and goes, an answer that waits for nothing would have left
    expect((await send('GET', '/nothing')).status).toBe(404)
    expect([answered, events]).toEqual([false, []])
    go.open()
    expect(await sent).toMatchObject({ status: 201, json: { ok: true }, headers: { etag: '"1"' } })
    expect([await record(), await notes()]).toMatchObject([{ count: 1, claim: null }, ['after the answer']])
    expect(events).toMatchObject([{ outcome: 'written' }])
  })

  it('rolls back what the handler refuses inside', async () => {
    const { write, record, notes } = await later(
      (_req, res, write) =>
        write.transaction(async (client) => {
          await client.note('never')
          res.status(422).set('X-Why', 'because').json({ no: true })
          await client.note('never either')
        }),
      { mode },
    )
    expect(await write(method)).toMatchObject({
      status: 422,
      json: { no: true },
      headers: { 'x-why': 'because' },
    })
    expect([await record(), await notes()]).toMatchObject([{ count: 0, claim: null }, []])
  })

  it.each([
    ['before it has answered', () => {}],
    [
      'after it has answered with success',
      (res: Parameters<Handler>[1]) => res.location('/new').json({ ok: 1 }),
    ],
  ])('rolls back where it rejects, and passes that on: %s', async (_when, answer) => {
    const { write, record, notes } = await later(
      async (_req, res, write) => {
        await write.transaction(async (client) => {
          await client.note('never')
          answer(res)
          await Promise.reject(Object.assign(new Error('no'), { code: 'NO' }))
        })
      },
      { mode },
    )
    const failed = await write(method)
    expect(failed).toMatchObject({ status: 500, json: { code: 'NO' } })
    expect(failed.headers.location).toBeUndefined()
    expect([(await record()).claim, await notes()]).toEqual([null, []])
  })

  it('is waited for where nobody awaits it', async () => {
    const { write, record, notes } = await later(
      (_req, res, write) => {
        void write.transaction(async (client) => {
          await new Promise((resolve) => setImmediate(resolve))
          await client.note('late')
        })
        res.json({ ok: true })
      },
      { mode },
    )
    expect(await write(method)).toMatchObject({ status: 200, json: { ok: true }, headers: { etag: '"1"' } })
    expect([await record(), await notes()]).toMatchObject([{ count: 1, claim: null }, ['late']])
  })

  it('commits although its client has gone, and holds nothing any more', async () => {
    const events = settlements()
    const inside = gate()
    const go = gate()
    const ended = gate()
    const api = await later(
      async (_req, res, write) => {
        await write.transaction(async (client) => {
          res.once('close', ended.open)
          inside.open()
          await go.opened
          await client.note('there')
          res.json({ ok: true })
        })
      },
      { mode },
    )
    const line = await wire(api.site)
    line.send(`${method} /docs/1 HTTP/1.1\r\nHost: x\r\nIf-Match: "0"\r\nContent-Length: 0\r\n\r\n`)
    await inside.opened
    line.socket.destroy()
    await ended.opened
    go.open()
    await expect.poll(() => events).toMatchObject([{ outcome: 'written' }])
    expect([await api.record(), await api.notes()]).toMatchObject([{ count: 1, claim: null }, ['there']])
    expect((await api.write(method)).status).toBe(200)
  })

  it('that never ends is given up on, and then no other may begin', async () => {
    const clock = fakeClock()
    const inside = gate()
    const go = gate()
    const ended = gate()
    const codes: unknown[] = []
    const { write, record, notes } = await later(
      async (_req, res, write) => {
        await write.transaction(async (client) => {
          res.json({ ok: true })
          await client.note('late')
          inside.open()
          await go.opened
        })
        await write
          .transaction((client) => client.note('later'))
          .catch((error: unknown) => codes.push((error as { code: unknown }).code))
        ended.open()
      },
      { mode, options: { clock, claim: { max: MAX } } },
    )
    const sent = write(method)
    await inside.opened
    let answer: { readonly status: number } | undefined
    void sent.then((given) => (answer = given))
    await clock.advance(MAX)
    // the store is in the hands of the work: what is asked of it meanwhile is not answered in time
    await expect
      .poll(async () => {
        await clock.advance(2_000)
        return answer?.status
      })
      .toBe(500)
    expect(await sent).toMatchObject({ problem: { code: 'outcome-unknown' } })
    go.open()
    await ended.opened
    expect([await notes(), codes]).toEqual([['late'], ['version-conflict']])
    expect((await record()).claim).toBeNull()
  })
})

it('a connection whose answer was replaced while its work goes on is closed all the same', async () => {
  const clock = fakeClock()
  const inside = gate()
  const api = await later(
    async (_req, res, write) => {
      await write.transaction(async () => {
        res.json({ ok: true })
        inside.open()
        await new Promise(() => {})
      })
    },
    { mode: { transaction: true }, options: { clock, claim: { max: MAX } } },
  )
  const line = await wire(api.site)
  line.send('PUT /docs/1 HTTP/1.1\r\nHost: x\r\nIf-Match: "0"\r\nContent-Length: 0\r\n\r\n')
  await inside.opened
  await clock.advance(MAX)
  await line.ended
  expect(line.received()).toMatch(/^HTTP\/1.1 500 [^]*outcome-unknown/)
  // nor is it kept by the server
  const open = () => new Promise((resolve) => api.site.server.getConnections((_, count) => resolve(count)))
  await expect.poll(open).toBe(0)
})

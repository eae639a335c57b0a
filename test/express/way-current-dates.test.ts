import express from 'express'
import { ifMatch } from 'express-if-match'
import { fakeClock } from 'express-if-match/testing'
import { describe, expect, it } from 'vitest'
import { serve } from '../support/api.js'

const NOON = new Date('2025-03-01T12:00:00.700Z')
const AT_NOON = 'Sat, 01 Mar 2025 12:00:00 GMT'
const BEFORE = 'Sat, 01 Mar 2025 11:59:59 GMT'

function api(version: Date | string, required?: boolean) {
  const clock = fakeClock(NOON.getTime())
  const things = ifMatch({
    key: 'things/:id',
    version: 'updatedAt',
    current: (req) => (req.url?.endsWith('/1') === true ? { updatedAt: version } : undefined),
    clock,
    ...(required === undefined ? {} : { required }),
  })
  const app = express().put('/things/:id', things.guard(), (_req, res) => res.json({}))
  return { clock, served: serve(app) }
}

const since = (date: string) => ({ headers: { 'If-Unmodified-Since': date } })

describe('If-Unmodified-Since', () => {
  it('counts once the date is over a second old', async () => {
    const { clock, served } = api(NOON)
    const send = await served
    await clock.advance(999)
    expect((await send('PUT', '/things/1', since(AT_NOON))).status).toBe(428)
    await clock.advance(1)
    expect((await send('PUT', '/things/1', since(AT_NOON))).status).toBe(200)
    expect(await send('PUT', '/things/1', since(BEFORE))).toMatchObject({
      status: 409,
      problem: { reason: 'stale' },
    })
  })

  it('is evaluated, young or not, where no precondition is required', async () => {
    const send = await api(NOON, false).served
    expect((await send('PUT', '/things/1', since(AT_NOON))).status).toBe(200)
    expect((await send('PUT', '/things/1', since(BEFORE))).status).toBe(409)
  })

  it('says nothing where the version is no date, or the row is not there', async () => {
    const send = await api('v1').served
    expect((await send('PUT', '/things/1', since(AT_NOON))).status).toBe(428)
    expect((await send('PUT', '/things/2', since(AT_NOON))).status).toBe(428)
  })

  it('is ignored beside If-Match (RFC 9110 §13.1.4), and where it is a list', async () => {
    const { clock, served } = api(NOON)
    await clock.advance(5_000)
    const send = await served
    const headers = { 'If-Match': '"2025-03-01T12:00:00%2E700Z"', 'If-Unmodified-Since': BEFORE }
    expect((await send('PUT', '/things/1', { headers })).status).toBe(200)
    const twice = { headers: { 'If-Unmodified-Since': [AT_NOON, AT_NOON] as never } }
    expect((await send('PUT', '/things/1', twice)).status).toBe(428)
  })
})

describe('a read of a row whose version is a date', () => {
  it.each(['/read/things/1', '/send/things/1'])('%s: is asked the same as a write', async (path) => {
    const things = ifMatch({ key: 'things/:id', version: 'updatedAt', current: () => ({ updatedAt: NOON }) })
    const app = express()
    app.get('/read/things/:id', things.read(), (_req, res) => res.json({}))
    app.get('/send/things/:id', (_req, res) => things.send(res, { updatedAt: NOON }))
    const send = await serve(app)
    const status = async (headers: Record<string, string>) => (await send('GET', path, { headers })).status
    expect(await status({ 'If-Unmodified-Since': AT_NOON })).toBe(200)
    expect(await status({ 'If-Unmodified-Since': BEFORE })).toBe(412)
    expect(await status({ 'If-Match': '"2025-03-01T13:00:00%2E7+01:00"' })).toBe(200)
    expect(await status({ 'If-Match': '"2025-03-01T13:00:00%2E8+01:00"' })).toBe(412)
    expect(await status({ 'If-Match': '*', 'If-Unmodified-Since': BEFORE })).toBe(200)
  })
})

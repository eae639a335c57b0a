import { memoryLedger } from 'express-if-match'
import { fakeClock } from 'express-if-match/testing'
import { describe, expect, it } from 'vitest'
import { problemOf } from '../../src/core/problem.js'
import { gate } from '../support/api.js'
import { noteApi } from '../support/notes.js'

describe('claim', () => {
  it('wait: 0 turns a second writer away, with Retry-After', async () => {
    const inside = gate()
    const go = gate()
    const { put, tag } = await noteApi({ claim: { wait: 0 } }, async (_req, res) => {
      inside.open()
      await go.opened
      res.json({})
    })
    const before = await tag()
    const first = put('1', before)
    await inside.opened
    const second = await put('1', before)
    expect(second).toMatchObject({
      status: 409,
      problem: { code: 'write-in-progress', applied: 'no', retryable: true, retryAfterMs: 1000 },
    })
    expect(second.headers['retry-after']).toBe('1')
    expect(second.headers.etag).toBeUndefined()
    go.open()
    expect((await first).status).toBe(200)
  })

  it('remaining: the lease is what is left, and is not renewed', async () => {
    const clock = fakeClock()
    const store = memoryLedger({ clock })
    const go = gate()
    const inside = gate()
    const api = await noteApi(
      { ledger: store, clock, claim: { remaining: () => 7_000 } },
      async (_req, res) => {
        inside.open()
        await go.opened
        res.json({})
      },
    )
    const first = api.put('1', await api.tag())
    await inside.opened
    expect(store.get('notes/1').claim).toMatchObject({ lease: 7_000, beat: 0 })
    await clock.advance(6_000)
    expect(store.get('notes/1').claim).toMatchObject({ beat: 0 })
    go.open()
    expect((await first).status).toBe(200)
  })

  it('remaining that is no number is a mistake', async () => {
    const api = await noteApi({ claim: { remaining: () => undefined as never } })
    expect((await api.put('1', await api.tag())).json).toMatchObject({ code: 'ERR_OPTION_INVALID' })
  })

  it.each(['remaining', 'moves'] as const)(
    'a refusal of the other build that `%s` throws is one, and the handler does not run',
    async (option) => {
      let [ran, refusing] = [0, false]
      const orRefuse = <T>(value: T): T => {
        if (!refusing) return value
        const problem = problemOf('write-in-progress')
        // an error of the ESM build, as the CommonJS one sees it
        const { code, status } = problem
        throw Object.assign(new Error('refused'), {
          name: 'IfMatchError',
          code,
          status,
          headers: {},
          problem,
        })
      }
      const options = {
        remaining: { claim: { remaining: () => orRefuse(7_000) } },
        moves: { moves: () => orRefuse([]) },
      }
      const api = await noteApi(options[option], (_req, res) => {
        ran += 1
        res.json({})
      })
      const tag = await api.tag()
      refusing = true
      expect(await api.put('1', tag)).toMatchObject({ status: 409, json: { code: 'write-in-progress' } })
      expect(ran).toBe(0)
    },
  )

  it('is renewed while the handler runs', async () => {
    const clock = fakeClock()
    const store = memoryLedger({ clock })
    const inside = gate()
    const go = gate()
    const api = await noteApi({ ledger: store, clock, claim: { lease: 3_000 } }, async (_req, res) => {
      inside.open()
      await go.opened
      res.json({})
    })
    const first = api.put('1', await api.tag())
    await inside.opened
    await clock.advance(9_500)
    expect(store.get('notes/1').claim?.beat).toBeGreaterThanOrEqual(6)
    go.open()
    expect((await first).status).toBe(200)
  })
})

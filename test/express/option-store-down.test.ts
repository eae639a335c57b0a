import { fakeClock } from 'express-if-match/testing'
import { describe, expect, it } from 'vitest'
import { heldLedger } from '../support/ledgers.js'
import { noteApi } from '../support/notes.js'

describe('a store that fails', () => {
  it('before the claim: 503, Retry-After, and no effect', async () => {
    const store = heldLedger()
    const { put, tag, notes } = await noteApi({ ledger: store.ledger })
    const before = await tag()
    store.fail()
    const answer = await put('1', before)
    expect(answer).toMatchObject({ status: 503, problem: { code: 'store-unavailable', applied: 'no' } })
    expect(answer.headers['retry-after']).toBe('1')
    expect(notes.get('1')).toEqual({ text: 'a' })
  })

  it('by not answering: 503 in time', async () => {
    const clock = fakeClock()
    const store = heldLedger()
    const { put, tag, notes } = await noteApi({ ledger: store.ledger, clock })
    const before = await tag()
    store.hold()
    const held = put('1', before)
    await store.asked()
    // the claim, then the look at whether it was made after all
    await clock.advance(2_000)
    await clock.advance(2_000)
    expect(await held).toMatchObject({ status: 503, problem: { code: 'store-unavailable' } })
    expect(notes.get('1')).toEqual({ text: 'a' })
  })

  it('on settle: the outcome is unknown, and nothing of the success is left', async () => {
    const store = heldLedger()
    const { put, tag } = await noteApi({ ledger: store.ledger }, (_req, res) => {
      store.fail()
      res.set('Location', '/new').status(201).json({})
    })
    const answer = await put('1', await tag())
    expect(answer).toMatchObject({ status: 500, problem: { code: 'outcome-unknown', applied: 'unknown' } })
    expect(answer.headers.location).toBeUndefined()
    expect(answer.headers.etag).toBeUndefined()
  })

  it('on settle of a refusal: that leaves as it is', async () => {
    const store = heldLedger()
    const { put, tag } = await noteApi({ ledger: store.ledger }, (_req, res) => {
      store.fail()
      res.status(422).json({ no: true })
    })
    expect(await put('1', await tag())).toMatchObject({ status: 422, json: { no: true } })
  })

  it('overtaken: the outcome is unknown', async () => {
    const { put, tag, guards } = await noteApi({}, async (_req, res) => {
      await guards.touch('notes/1')
      res.json({})
    })
    expect(await put('1', await tag())).toMatchObject({ status: 500, problem: { code: 'outcome-unknown' } })
  })
})

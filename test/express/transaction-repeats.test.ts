import type { GuardOptions } from 'express-if-match'
import { describe, expect, it } from 'vitest'
import { refusals, settlements } from '../support/api.js'
import { later, type Handler } from '../support/ended-transactions.js'

const WAYS: readonly [string, GuardOptions, 'PUT' | 'PATCH'][] = [
  ['wrap, under a claim', {}, 'PUT'],
  ['wrap, without a claim', { transaction: true }, 'PUT'],
  ['guard, under a claim', {}, 'PATCH'],
  ['guard, without a claim', { transaction: true }, 'PATCH'],
]
const REPEATABLE = { repeatable: true }
const FREE = { count: 0, claim: null }

describe.each(WAYS)('a transaction that the database ends, %s', (_name, mode, method) => {
  it('is repeated where that is allowed, and nothing is left of what the earlier runs said', async () => {
    let run = 0
    const ends = ['commit', 'commit', 'work'] as const
    const handler: Handler = (_req, res, write) =>
      write.transaction(async (client) => {
        run += 1
        if (run === 1) write.unchanged()
        // what a run does not say is as it was before the first, and not as an earlier one has left it
        if (run < 4) res.status(200 + run)
        res.location(`/${run}`).set(`X-Run-${run}`, 'here').cookie(`c${run}`, 'a')
        if (run === 3) return client.note('the third never answers')
        if (run < 4) res.json({ run })
        else res.send(`the ${run}th`)
        expect([res.headersSent, res.writableEnded]).toEqual([true, true])
        await client.note(`run ${run}`)
      }, REPEATABLE)
    const { write, record, notes } = await later(handler, { mode, ends: [...ends] })
    const answer = await write(method)
    expect([answer.status, answer.text, run]).toEqual([200, 'the 4th', 4])
    expect(answer.headers).toMatchObject({ location: '/4', 'x-run-4': 'here', etag: '"1"' })
    expect(answer.headers['content-type']).toMatch(/html/)
    for (const old of [1, 2, 3]) expect(answer.headers).not.toHaveProperty(`x-run-${old}`)
    expect(answer.headers['set-cookie']).toEqual(['c4=a; Path=/'])
    expect(await record()).toMatchObject({ count: 1, claim: null })
    expect(await notes()).toEqual(['run 4'])
  })

  it.each([
    ['its commit, once, where it may not be repeated', ['commit'], undefined, 1],
    ['a statement of its work', ['work'], { repeatable: false }, 1],
    ['each of its repeats', ['commit', 'work', 'commit', 'work'], REPEATABLE, 4],
    ['its commit, where what is asked for is not quite `true`', ['commit'], { repeatable: 1 as never }, 1],
  ] as const)('at %s, is answered 409, and was never there', async (_at, ends, options, runs) => {
    let run = 0
    const handler: Handler = async (_req, res, write) => {
      await write.transaction(async (client) => {
        run += 1
        res.status(201).location('/new').json({ run })
        await client.note('never')
      }, options)
    }
    const { write, record, notes } = await later(handler, { mode, ends: [...ends] })
    const answer = await write(method)
    expect(answer).toMatchObject({
      status: 409,
      problem: {
        code: 'transaction-conflict',
        resource: 'docs/1',
        applied: 'no',
        retryable: true,
        resolution: [{ action: 'retry' }],
      },
    })
    expect([answer.headers.location, answer.headers.etag, run]).toEqual([undefined, undefined, runs])
    expect(await record()).toMatchObject(FREE)
    expect(await notes()).toEqual([])
    expect((await write(method)).status).toBe(201)
  })

  it('may be answered by the handler itself, which finds an answer that was not begun', async () => {
    const handler: Handler = async (_req, res, write) => {
      res.set('X-Before', 'kept')
      try {
        await write.transaction((client) => {
          res.set('X-Inside', 'gone').json({ ok: true })
          return client.note('never')
        })
      } catch (error) {
        expect(error).toMatchObject({ code: 'transaction-conflict', cause: { code: '40001' } })
        expect([res.headersSent, res.writableEnded]).toEqual([false, false])
        res.status(503).json({ mine: true })
      }
    }
    const { write } = await later(handler, { mode, ends: ['commit'] })
    const answer = await write(method)
    expect(answer).toMatchObject({ status: 503, json: { mine: true }, headers: { 'x-before': 'kept' } })
    expect(answer.headers['x-inside']).toBeUndefined()
  })

  it('is not repeated where its answer is a stream that nobody can call back', async () => {
    let run = 0
    const handler: Handler = async (_req, res, write) => {
      await write.transaction(async (client) => {
        run += 1
        res.status(200).write('the first')
        await client.note('never')
      }, REPEATABLE)
    }
    const { write, record } = await later(handler, { mode, ends: ['commit'] })
    expect(await write(method)).toMatchObject({ status: 409, problem: { code: 'transaction-conflict' } })
    expect(run).toBe(1)
    expect((await record()).claim).toBeNull()
  })

  it('after one that was committed may have left something behind', async () => {
    const handler: Handler = async (_req, res, write) => {
      await write.transaction((client) => client.note('first'))
      await write.transaction((client) => client.note('second'))
      res.json({})
    }
    const { write, record, notes } = await later(handler, { mode, ends: ['well', 'commit'] })
    expect(await write(method)).toMatchObject({
      status: 409,
      problem: { code: 'transaction-conflict', applied: 'unknown' },
    })
    expect(await notes()).toEqual(['first'])
    expect(await record()).toMatchObject({ count: 1, claim: null })
  })

  it('may have been committed where only the answer of its commit is lost', async () => {
    const handler: Handler = async (_req, res, write) => {
      await write.transaction((client) => {
        res.json({ ok: true })
        return client.note('there')
      }, REPEATABLE)
    }
    const { write, notes } = await later(handler, { mode, ends: ['lost'] })
    const answer = await write(method)
    expect(answer).toMatchObject({ status: 500, problem: { code: 'outcome-unknown', applied: 'unknown' } })
    expect(answer.headers.etag).toBeUndefined()
    expect(await notes()).toEqual(['there'])
  })

  it.each([
    ['cannot be reached', ['begin']],
    ['is lost before the work', ['store']],
    ['is lost before the work is repeated', ['commit', 'store']],
  ] as const)('has not begun where the store %s', async (_when, ends) => {
    const { write, record } = await later(
      (_req, _res, write) => write.transaction((client) => client.note(''), REPEATABLE),
      { mode, ends: [...ends] },
    )
    const answer = await write(method)
    expect(answer).toMatchObject({ status: 503, problem: { code: 'store-unavailable', applied: 'no' } })
    // under a plain claim a 5xx is an unknown outcome
    expect((await record()).count).toBe(mode.transaction === true ? 0 : 1)
  })
})

describe('a transaction that the database ends', () => {
  it.each([{}, { transaction: true }])(
    'is told where a wrapped handler thinks that it has answered: %o',
    async (mode) => {
      const handler: Handler = async (_req, res, write) => {
        await write
          .transaction((client) => {
            res.json({ ok: true })
            return client.note('never')
          })
          .catch(() => undefined)
      }
      const { write, record } = await later(handler, { mode, ends: ['commit'] })
      const answer = await write('PUT')
      expect(answer).toMatchObject({ status: 409, problem: { code: 'transaction-conflict', applied: 'no' } })
      expect(await record()).toMatchObject(FREE)
    },
  )

  it('waits, when it is repeated, for a writer that has claimed the key meanwhile', async () => {
    let run = 0
    let held: Promise<unknown> | undefined
    const claim = { count: 0, token: 'theirs', beat: 0, lease: 60_000, doubtful: false, raiseFence: true }
    const api = await later(
      async (_req, res, write) => {
        await write.transaction(async (client) => {
          run += 1
          res.set(`X-Run-${run}`, 'here').json({ run })
          // the next thing that the database does, once this run is rolled back
          const from = { count: 0, token: null, beat: 0 }
          held ??= Promise.resolve(api.ledger.compareAndSwap('docs/1', { from, to: claim }))
          await client.note(`run ${run}`)
        }, REPEATABLE)
      },
      { mode: { transaction: true, required: false }, ends: ['commit'] },
    )
    const sent = api.send('PUT', '/docs/1', { body: {} })
    await expect.poll(() => held).toBeDefined()
    expect(await held).toMatchObject({ swapped: true })
    const from = { count: 0, token: 'theirs', beat: 0 }
    const to = { ...claim, count: 1, token: null, lease: 0, raiseFence: false }
    await api.ledger.compareAndSwap('docs/1', { from, to })
    const answer = await sent
    expect(answer).toMatchObject({ status: 200, json: { run: 2 }, headers: { etag: '"2"' } })
    expect(answer.headers['x-run-1']).toBeUndefined()
    expect(await api.notes()).toEqual(['run 2'])
    expect(await api.record()).toMatchObject({ count: 2, claim: null })
  })
})

it('a commit whose answer was lost stays unknown, whatever comes of a second transaction', async () => {
  const events = settlements()
  const claim = { count: 1, token: 'theirs', beat: 0, lease: 60_000, doubtful: false, raiseFence: true }
  const api = await later(
    async (_req, res, write) => {
      const codes: unknown[] = []
      const attempt = () =>
        write
          .transaction((client) => client.note(''))
          .catch((error: unknown) => codes.push((error as { code: unknown }).code))
      await attempt()
      await api.ledger.compareAndSwap('docs/1', { from: { count: 1, token: null, beat: 0 }, to: claim })
      const second = attempt()
      // until it has met the claim
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
      const to = { ...claim, token: null, lease: 0, raiseFence: false }
      await api.ledger.compareAndSwap('docs/1', { from: { count: 1, token: 'theirs', beat: 0 }, to })
      await second
      res.status(422).json(codes)
    },
    { mode: { transaction: true, required: false }, ends: ['lost', 'well', 'commit'] },
  )
  const answer = await api.send('PUT', '/docs/1', { body: {} })
  expect(answer).toMatchObject({ status: 422, json: ['outcome-unknown', 'transaction-conflict'] })
  expect(events).toMatchObject([{ outcome: 'unknown' }])
})

it('under `observe` a repeated work is judged each time, and reported once', async () => {
  const events = refusals()
  let run = 0
  const { send, record } = await later(
    async (_req, res, write) => {
      await write.transaction((client) => {
        run += 1
        res.json({ run })
        return client.note('')
      }, REPEATABLE)
    },
    { mode: { transaction: true }, options: { mode: 'observe' }, ends: ['commit', 'commit'] },
  )
  const answer = await send('PUT', '/docs/1', { headers: { 'If-Match': '"9"' }, body: {} })
  expect(answer).toMatchObject({ status: 200, json: { run: 3 } })
  expect(events).toMatchObject([{ code: 'version-conflict', reason: 'stale', enforced: false }])
  expect((await record()).count).toBe(1)
})

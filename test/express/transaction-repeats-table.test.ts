import { describe, expect, it } from 'vitest'
import { laterTable } from '../support/ended-transactions.js'

const REPEATABLE = { repeatable: true }

describe('table: a transaction that the database ends', () => {
  it('is repeated from the state that it began in, and from no answer', async () => {
    let run = 0
    const { write, row, notes } = await laterTable(
      async (_req, res, write) => {
        await write.transaction(async (client, inside) => {
          run += 1
          const changed = await inside.update({ title: `run ${run}` })
          res.set(`X-Run-${run}`, 'here').json(changed)
          await inside.update({ note: 'twice' })
          await client.note(`run ${run}`)
        }, REPEATABLE)
      },
      { ends: ['work', 'commit'] },
    )
    const answer = await write()
    expect(answer).toMatchObject({
      status: 200,
      json: { title: 'run 3', version: 2 },
      headers: { etag: '"3"' },
    })
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('x-run'))).toEqual(['x-run-3'])
    expect(await row()).toMatchObject({ title: 'run 3', note: 'twice', version: 3 })
    expect(await notes()).toEqual(['run 3'])
  })

  it.each([
    [['commit'], undefined],
    [['work', 'commit', 'commit', 'work'], REPEATABLE],
  ] as const)('at %j is a transaction-conflict, and was never there: %o', async (ends, options) => {
    const { write, row, notes } = await laterTable(
      async (_req, res, write) => {
        await write.transaction(async (client, inside) => {
          res.location('/new').json(await inside.update({ title: 'new' }))
          await client.note('new')
        }, options)
      },
      { ends: [...ends] },
    )
    const answer = await write()
    expect(answer).toMatchObject({
      status: 409,
      problem: { code: 'transaction-conflict', resource: 'things/1', applied: 'no' },
    })
    expect([answer.headers.location, answer.headers.etag]).toEqual([undefined, undefined])
    expect([await row(), await notes()]).toMatchObject([{ title: 'first' }, []])
    expect((await write()).status).toBe(200)
  })

  it('after a write of its own may have left something behind', async () => {
    const { write, row } = await laterTable(
      async (_req, _res, handle) => {
        await handle.update({ title: 'kept' })
        await handle.transaction((_client, inside) => inside.update({ title: 'not kept' }))
      },
      { ends: ['commit'] },
    )
    expect(await write()).toMatchObject({
      status: 409,
      problem: { code: 'transaction-conflict', applied: 'unknown' },
    })
    expect(await row()).toMatchObject({ title: 'kept' })
  })

  it('goes on from what was committed, once the handler tries again by itself', async () => {
    const { write } = await laterTable(
      async (_req, res, write) => {
        for (;;) {
          try {
            await write.transaction(async (_client, inside) =>
              res.json(await inside.update({ title: 'new' })),
            )
            return
          } catch (error) {
            expect(error).toMatchObject({ code: 'transaction-conflict' })
          }
        }
      },
      { ends: ['commit', 'commit'] },
    )
    expect(await write()).toMatchObject({ status: 200, json: { title: 'new' }, headers: { etag: '"2"' } })
  })

  it.each([
    ['begin', 503, 'store-unavailable'],
    ['commit', 409, 'transaction-conflict'],
    ['lost', 500, 'outcome-unknown'],
  ] as const)('by its %s is told, and not what was answered inside', async (end, status, code) => {
    const { write } = await laterTable(
      (_req, res, write) =>
        write.transaction(async (_client, inside) => res.json(await inside.update({ title: 'new' }))),
      { ends: [end] },
    )
    expect(await write()).toMatchObject({ status, problem: { code } })
  })

  it('is told where its handler awaits it when it has failed', async () => {
    const { write } = await laterTable(
      async (_req, res, write) => {
        const work = write.transaction(async (_client, inside) =>
          res.json(await inside.update({ title: 'new' })),
        )
        for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
        await work
      },
      { ends: ['commit'] },
    )
    expect(await write()).toMatchObject({ status: 409, problem: { code: 'transaction-conflict' } })
  })

  it('is told where its handler thinks that it has answered', async () => {
    const { write } = await laterTable(
      async (_req, res, write) => {
        await write
          .transaction(async (_client, inside) => res.json(await inside.update({ title: 'new' })))
          .catch(() => undefined)
      },
      { ends: ['commit'] },
    )
    expect(await write()).toMatchObject({ status: 409, problem: { code: 'transaction-conflict' } })
  })
})

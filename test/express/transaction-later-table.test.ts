import { describe, expect, it } from 'vitest'
import { laterTable } from '../support/ended-transactions.js'

describe('table: a transaction whose writes answer later', () => {
  it('waits for a write that the work does not await', async () => {
    const { write, row } = await laterTable(async (_req, res, write) => {
      await write.transaction((_client, inside) => {
        void inside.update({ title: 'one' })
        void inside.update({ note: 'two' })
      })
      res.json({})
    })
    expect(await write()).toMatchObject({ status: 200, headers: { etag: '"3"' } })
    expect(await row()).toMatchObject({ title: 'one', note: 'two', version: 3 })
  })

  it('makes one write after the other, so that the second goes on from the first', async () => {
    const { write } = await laterTable(async (_req, res, write) => {
      const rows = await write.transaction((_client, inside) =>
        Promise.all([inside.update({ title: 'one' }), inside.update({ note: 'two' })]),
      )
      res.json(rows.at(-1))
    })
    const answer = await write()
    expect(answer).toMatchObject({ status: 200, json: { title: 'one', note: 'two', version: 3 } })
  })

  it('is rolled back where one that nobody awaits is refused', async () => {
    const { write, row, notes } = await laterTable(async (_req, res, write) => {
      await write.transaction(async (client, inside) => {
        await client.note('never')
        void inside.update({ title: 'new' })
      })
      res.json({})
    })
    expect(await write(9)).toMatchObject({
      status: 409,
      problem: { code: 'version-conflict', applied: 'no' },
    })
    expect([await row(), await notes()]).toMatchObject([{ title: 'first' }, []])
  })

  it('commits where the work has dealt with the refusal of a write', async () => {
    const codes: unknown[] = []
    const { write, row, notes } = await laterTable(async (_req, res, write) => {
      await write.transaction(async (client, inside) => {
        await Promise.resolve()
          .then(() => inside.insert({}))
          .catch((error: unknown) => codes.push((error as { code: unknown }).code))
        await inside.update({ title: 'new' })
        await client.note('there')
      })
      res.json({})
    })
    expect((await write()).status).toBe(200)
    expect(codes).toEqual(['version-conflict'])
    expect([await row(), await notes()]).toMatchObject([{ title: 'new' }, ['there']])
  })

  it('refuses a write that is begun when the work has ended', async () => {
    const late: unknown[] = []
    const { write, row } = await laterTable(async (_req, res, write) => {
      const kept = await write.transaction(async (_client, inside) => {
        await inside.update({ title: 'in time' })
        return inside
      })
      await kept
        .update({ title: 'late' })
        .catch((error: unknown) => late.push((error as { code: unknown }).code))
      res.json({})
    })
    expect(await write()).toMatchObject({ status: 200, headers: { etag: '"2"' } })
    expect([await row(), late]).toMatchObject([{ title: 'in time' }, ['ERR_WRITE_UNSUPPORTED']])
  })

  it('tells a write that would wait for its own transaction', async () => {
    const { write, row } = await laterTable(async (_req, _res, handle) => {
      await handle.transaction(async () => {
        await Promise.resolve()
        await handle.update({ title: 'never' })
      })
    })
    expect(await write()).toMatchObject({ status: 500, json: { code: 'ERR_WRITE_UNSUPPORTED' } })
    expect(await row()).toMatchObject({ title: 'first' })
  })
})

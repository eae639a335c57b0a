import type { GuardOptions } from 'express-if-match'
import { describe, expect, it } from 'vitest'
import { later, laterTable, type End, type Handler, type Staged } from '../support/ended-transactions.js'

const WAYS: readonly [string, GuardOptions, 'PUT' | 'PATCH'][] = [
  ['wrap, under a claim', {}, 'PUT'],
  ['wrap, without a claim', { transaction: true }, 'PUT'],
  ['guard, under a claim', {}, 'PATCH'],
  ['guard, without a claim', { transaction: true }, 'PATCH'],
]

const twice =
  (between: () => unknown): Handler =>
  async (_req, res, write) => {
    await write.transaction((client) => client.note('first'))
    await between()
    await write.transaction((client) => client.note('second'))
    res.json({})
  }

/** What fails after something of the same request has been committed must not say that nothing was (P4). */
describe.each(WAYS)('a second transaction, %s', (_name, mode, method) => {
  async function answered(staged: Omit<Staged, 'mode'>, before?: (api: Api) => unknown) {
    let between = () => {}
    const api = await later(
      twice(() => between()),
      { ...staged, mode },
    )
    between = () => before?.(api) as void
    const answer = await api.write(method)
    expect(await api.notes()).toEqual(['first'])
    return answer
  }
  type Api = Awaited<ReturnType<typeof later>>

  it.each<[End]>([['begin'], ['store'], ['lost']])('whose database fails, %s', async (end) => {
    const { write, notes } = await later(
      twice(() => {}),
      { ends: ['well', end], mode },
    )
    const unknown = { code: 'outcome-unknown', applied: 'unknown' }
    expect(await write(method)).toMatchObject({ status: 500, problem: unknown })
    expect(await notes()).toEqual(end === 'lost' ? ['first', 'second'] : ['first'])
  })

  it('that another transaction was in the way of', async () => {
    const { status, problem } = await answered({ ends: ['well', 'commit'] })
    expect([status, problem.code, problem.applied]).toEqual([409, 'transaction-conflict', 'unknown'])
    expect(problem.detail).not.toContain('Nothing')
    expect(problem.resolution[0]?.action).toBe('refetch')
  })

  it('that another write came before', async () => {
    const answer = await answered({}, ({ guards }) => guards.touch('docs/1'))
    expect(answer).toMatchObject({
      status: 409,
      problem: { code: 'version-conflict', reason: 'race', resource: 'docs/1', applied: 'unknown' },
    })
  })
})

it('a second transaction that meets a claim on what the route moves besides', async () => {
  const held = { from: { count: 0, token: null, beat: 0 } }
  const claim = { count: 0, token: 'other', beat: 0, lease: 60_000, doubtful: false, raiseFence: true }
  let runs = 0
  const api = await later(
    twice(() => api.ledger.compareAndSwap('list', { ...held, to: claim })),
    { mode: { transaction: true }, options: { moves: () => ((runs += 1) > 1 ? ['list'] : []) } },
  )
  expect(await api.write('PUT')).toMatchObject({
    status: 409,
    problem: { code: 'write-in-progress', resource: 'docs/1', applied: 'unknown' },
  })
  expect(await api.notes()).toEqual(['first'])
})

it('a transaction after a write of a table’s own that stands', async () => {
  const { write, row, notes } = await laterTable(
    async (_req, res, write) => {
      await write.update({ title: 'second' })
      await write.transaction((client) => client.note('never'))
      res.json({})
    },
    { ends: ['begin'] },
  )
  expect(await write()).toMatchObject({ status: 500, problem: { code: 'outcome-unknown' } })
  expect([await row(), await notes()]).toMatchObject([{ title: 'second' }, []])
})

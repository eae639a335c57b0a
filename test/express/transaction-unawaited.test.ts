import type { GuardOptions } from 'express-if-match'
import { describe, expect, it } from 'vitest'
import { gate } from '../support/api.js'
import { later, type Handler } from '../support/ended-transactions.js'

const WAYS: readonly [string, GuardOptions, 'PUT' | 'PATCH'][] = [
  ['wrap, under a claim', {}, 'PUT'],
  ['wrap, without a claim', { transaction: true }, 'PUT'],
  ['guard, under a claim', {}, 'PATCH'],
  ['guard, without a claim', { transaction: true }, 'PATCH'],
]
const REPEATABLE = { repeatable: true }

describe.each(WAYS)(
  'a transaction that its handler does not wait for, and the database ends, %s',
  (_name, mode, method) => {
    it('is told in the place of a success that was answered inside', async () => {
      const handler: Handler = (_req, res, write) => {
        void write.transaction((client) => {
          res.json({ ok: true })
          return client.note('never')
        })
      }
      const { write, notes } = await later(handler, { mode, ends: ['commit'] })
      expect(await write(method)).toMatchObject({ status: 409, problem: { code: 'transaction-conflict' } })
      expect(await notes()).toEqual([])
    })

    it.each([
      ['nothing was written before', [], 409, 'transaction-conflict'],
      ['something was', ['well'], 500, 'outcome-unknown'],
    ] as const)(
      'is told so too where it is awaited when it has failed, and %s',
      async (_what, before, status, code) => {
        const handler: Handler = async (_req, res, write) => {
          if (before.length > 0) await write.transaction((client) => client.note('before'))
          const transaction = write.transaction((client) => {
            res.json({ ok: true })
            return client.note('never')
          })
          // until it has failed
          for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
          await transaction
        }
        const { write, record } = await later(handler, { mode, ends: [...before, 'commit'] })
        expect(await write(method)).toMatchObject({ status, problem: { code } })
        expect((await record()).claim).toBeNull()
      },
    )

    it('is not repeated where the answer was given beside it', async () => {
      let run = 0
      const handler: Handler = (_req, res, write) => {
        const inside = gate()
        const answered = gate()
        void write.transaction(async (client) => {
          run += 1
          inside.open()
          await answered.opened
          await client.note('never')
        }, REPEATABLE)
        void inside.opened.then(() => {
          res.json({ beside: true })
          answered.open()
        })
      }
      const { write, notes } = await later(handler, { mode, ends: ['work'] })
      expect(await write(method)).toMatchObject({ status: 409, problem: { code: 'transaction-conflict' } })
      expect([run, await notes()]).toEqual([1, []])
    })

    it('is repeated where no answer was given', async () => {
      let run = 0
      const handler: Handler = async (_req, res, write) => {
        const work = write.transaction(async (client) => {
          run += 1
          await client.note(`run ${run}`)
        }, REPEATABLE)
        void work.then(() => res.json({ run }))
      }
      const { write, notes } = await later(handler, { mode, ends: ['work', 'commit'] })
      expect(await write(method)).toMatchObject({ status: 200, json: { run: 3 }, headers: { etag: '"1"' } })
      expect(await notes()).toEqual(['run 3'])
    })
  },
)

it('what a wrapped handler answered beside a work that was repeated is not lost without a word', async () => {
  const handler: Handler = async (_req, res, write) => {
    const inside = gate()
    const answered = gate()
    const work = write.transaction(async (client) => {
      inside.open()
      await answered.opened
      await client.note('there')
    }, REPEATABLE)
    await Promise.all([
      work,
      inside.opened.then(() => {
        res.json({ beside: true })
        answered.open()
      }),
    ])
  }
  const { write, notes } = await later(handler, { mode: {}, ends: ['work'] })
  expect(await write('PUT')).toMatchObject({ status: 500, problem: { code: 'outcome-unknown' } })
  expect(await notes()).toEqual(['there'])
})

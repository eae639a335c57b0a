import express from 'express'
import { ifMatch, memoryLedger, memoryTable } from 'express-if-match'
import { z } from 'zod'
import { describe, expect, it } from 'vitest'
import { serve } from '../support/api.js'
import { lastResort } from '../support/orders.js'

function codeOf(options: unknown): { code: string; message: string } {
  try {
    ifMatch(options as never)
  } catch (error) {
    return error as { code: string; message: string }
  }
  return { code: 'none', message: '' }
}

const table = memoryTable<{ id: string; version: number }>()
const current = () => undefined

describe('a wrong option', () => {
  it.each<[string, unknown, string]>([
    ['ledger', {}, 'memoryLedger()'],
    ['ledger', Promise.resolve(memoryLedger()), 'await'],
    ['ledger', { ...memoryLedger(), epoch: undefined }, 'memoryLedger()'],
    ['table', [], 'sqliteTable'],
    ['current', {}, '(req) => row'],
    ['version', '', 'version member'],
    ['version', 5, 'version member'],
    ['stale', ['P2025'], '(error) => boolean'],
    ['key', '', "'articles/:id'"],
    ['key', 7, "'articles/:id'"],
    ['key', ':id', 'collection'],
    ['key', 'articles/:1x', 'colon and a name'],
    ['key', 'articles/:id/:id', 'each name once'],
    ['key', 'articles/:__proto__', 'colon and a name'],
    ['key', 'articles/*path', 'pattern'],
    ['key', 'articles/:id(\\d+)', 'pattern'],
    ['key', 'articles{/:id}', 'pattern'],
    ['params', {}, 'zod'],
    ['required', 'yes', 'true or false'],
    ['bodyVersion', true, 'false'],
    ['bodyVersion', '', 'false'],
    ['status', 428, "409, 412 or 'auto'"],
    ['mode', 'watch', "'observe'"],
    ['authorize', true, '(req) => boolean'],
    ['represent', 'title', '(row) => JSON'],
    ['reveal', 'all', "'version'"],
    ['weakTags', true, "'accept'"],
    ['respond', 'throw', "'next'"],
    ['moves', ['a'], '(req) => keys'],
    ['clock', { now: () => 1 }, '{ now, date, after }'],
    ['claim', 5, '{ lease, wait, max, body, remaining }'],
    ['claim', [1], 'claim'],
    ['claim.max', { max: 2 ** 31 }, 'at most'],
    ['claim.lease', { lease: 0 }, 'above 0'],
    ['claim.lease', { lease: Infinity }, 'above 0'],
    ['claim.lease', { lease: '30s' }, 'above 0'],
    ['claim.wait', { wait: -1 }, '0 or more'],
    ['claim.max', { max: Number.NaN }, 'above 0'],
    ['claim.body', { body: null }, 'above 0'],
    ['claim.remaining', { remaining: 5 }, '(req) => ms'],
    ['claim.leese', { leese: 5 }, 'lease, wait, max, body, remaining'],
  ])('%s: %o', (option, value, fix) => {
    const name = option.split('.')[0] ?? ''
    const { code, message } = codeOf({ [name]: value })
    expect(code).toBe('ERR_OPTION_INVALID')
    expect(message.startsWith(`${option}: `), message).toBe(true)
    expect(message).toContain('will not do')
    expect(message).toContain(fix)
    expect(message).toContain('(ERR_OPTION_INVALID, see docs/errors.md)')
  })

  it('shows the value, never the inside of an object', () => {
    expect(codeOf({ status: 428 }).message).toContain('428')
    expect(codeOf({ ledger: { password: 'secret' } }).message).not.toContain('secret')
  })

  it('that is unknown names those there are', () => {
    const { code, message } = codeOf({ bodyversion: 'x' })
    expect(code).toBe('ERR_OPTION_UNKNOWN')
    expect(message).toContain('bodyversion')
    expect(message).toContain('bodyVersion')
    expect(codeOf({ constructor: 1 }).code).toBe('ERR_OPTION_UNKNOWN')
  })

  it('is not an object at all', () => {
    for (const options of [null, 'ledger', 5, [], () => 1] as unknown[])
      expect(codeOf(options).code, String(options)).toBe('ERR_OPTION_INVALID')
  })

  it('left undefined is one that was not given', () => {
    expect(codeOf({ status: undefined, claim: { lease: undefined }, whatever: undefined }).code).toBe('none')
  })
})

describe('options that contradict each other', () => {
  it.each<[string, object]>([
    ['table', { table, key: 'orders/:id', ledger: memoryLedger() }],
    ['current', { table, key: 'orders/:id', current }],
    ['version', { version: 'updatedAt' }],
    ['stale', { stale: () => true }],
    ['represent', { represent: () => 1 }],
    ['reveal', { current, reveal: 'representation' }],
    ['params', { params: z.object({ id: z.string() }) }],
    ['params', { key: () => 'x', params: z.object({ id: z.string() }) }],
    ['table', { table }],
    ['moves', { table, key: 'orders/:id', moves: () => [] }],
  ])('%s: %o', (option, options) => {
    const { code, message } = codeOf(options)
    expect(code).toBe('ERR_OPTIONS_CONFLICT')
    expect(message.startsWith(`${option}: `), message).toBe(true)
  })

  it('params that are not those of the key', () => {
    for (const params of [z.object({}), z.object({ id: z.string(), other: z.string() })])
      expect(codeOf({ key: 'articles/:id', params }).code).toBe('ERR_OPTION_INVALID')
  })
})

describe('what a way cannot do', () => {
  it('guard() on a table would protect nothing', () => {
    const orders = ifMatch({ key: 'orders/:id', table }) as unknown as { guard(): void }
    expect(() => orders.guard()).toThrow(expect.objectContaining({ code: 'ERR_TABLE_GUARD' }))
  })

  it.each([
    ['table', { table, key: 'orders/:id' }],
    ['current', { current, key: 'orders/:id' }],
  ])('a whole tree over %s is a mistake', async (_name, options) => {
    const tree = ifMatch(options as never) as unknown as express.RequestHandler
    const send = await serve(express().use(tree).use(lastResort))
    expect((await send('GET', '/orders/1')).json).toMatchObject({ code: 'ERR_OPTIONS_CONFLICT' })
  })

  it('touch() and versions() need a ledger', async () => {
    const orders = ifMatch({ key: 'orders/:id', table })
    await expect(orders.touch('orders/1')).rejects.toMatchObject({ code: 'ERR_WRITE_UNSUPPORTED' })
    await expect(orders.versions(['orders/1'])).rejects.toMatchObject({ code: 'ERR_WRITE_UNSUPPORTED' })
  })
})

import fc from 'fast-check'
import { createClient, isProblem, type ClientProblem } from 'express-if-match/client'
import { describe, expect, it } from 'vitest'
import { KINDS, problemOf, type ProblemCode } from '../../src/core/problem.js'
import { problemSchema } from '../../src/express/problem-schema.js'
import { answering } from './network.js'

const codes = Object.keys(KINDS) as ProblemCode[]
const whole = {
  reason: 'stale' as const,
  resource: 'notes/1',
  expected: ['1'],
  current: { version: '2', etag: '"2"', representation: { text: 'Hello' } },
  retryAfterMs: 100,
  href: '/notes/1',
}

/** A problem with some members replaced, by right values or by wrong ones. */
const nearly = fc
  .record({
    code: fc.constantFrom(...codes),
    details: fc.constantFrom({}, whole),
    change: fc.dictionary(
      fc.constantFrom(
        'type',
        'title',
        'status',
        'detail',
        'code',
        'reason',
        'resource',
        'expected',
        'current',
        'resolution',
        'retryable',
        'retryAfterMs',
        'applied',
        'own',
      ),
      fc.oneof(
        fc.constantFrom<unknown>(
          'stale',
          'forbidden',
          'no',
          'unknown',
          'x',
          1,
          true,
          null,
          [],
          ['1'],
          [1],
          {},
          { version: 1 },
          { etag: 1 },
          [{}],
          [{ action: 'wait' }],
          [{ action: 1 }],
          [{ action: 'wait', afterMs: '1' }],
          [{ action: 'refetch', href: 1 }],
          [null],
        ),
        fc.jsonValue(),
      ),
      { maxKeys: 2 },
    ),
    left: fc.subarray(['type', 'detail', 'status', 'code', 'retryable', 'resolution', 'applied'], {
      maxLength: 1,
    }),
  })
  .map(({ code, details, change, left }) => {
    const value = JSON.parse(JSON.stringify({ ...problemOf(code, details), ...change })) as Record<
      string,
      unknown
    >
    return Object.fromEntries(Object.entries(value).filter(([name]) => !left.includes(name)))
  })

describe('isProblem', () => {
  it.each(codes)('knows %s as the server sends it', (code) => {
    for (const details of [{}, whole]) {
      const sent: unknown = JSON.parse(JSON.stringify(problemOf(code, details)))
      expect(problemSchema.safeParse(sent).success).toBe(true)
      expect(isProblem(sent)).toBe(true)
    }
  })

  it('says what the server’s zod schema says, but for texts that a newer server may have added', () => {
    fc.assert(
      fc.property(nearly, (value) => {
        const { success, error } = problemSchema.safeParse(value)
        const strange = (error?.issues ?? []).filter(({ path, code }) => {
          const open = path.join() === 'reason' || /^resolution,\d+,action$/.test(path.join())
          const at = path.reduce<unknown>(
            (inside, name) => (inside as Record<PropertyKey, unknown>)[name],
            value,
          )
          return !(open && code === 'invalid_value' && typeof at === 'string')
        })
        expect(isProblem(value)).toBe(success || strange.length === 0)
      }),
      { numRuns: 20_000 },
    )
  })

  it.each([
    null,
    undefined,
    'version-conflict',
    409,
    [],
    [problemOf('forbidden')],
    { code: 'version-conflict' },
    { code: 'toString' },
  ])('does not take %j for one', (value) => {
    expect(isProblem(value)).toBe(false)
  })

  it('keeps members that it does not know, and tells problems apart by code', async () => {
    const body = JSON.stringify({
      ...problemOf('version-conflict', whole),
      tenant: 'a',
      current: { ...whole.current, by: 'Ada' },
    })
    const client = createClient({ fetch: answering([{ status: 409, body }]) })
    const error = await client.get('http://api.test/1').catch((thrown: unknown) => thrown)
    const { problem } = error as { problem: ClientProblem }
    expect(problem).toEqual(JSON.parse(body))
    switch (problem.code) {
      case 'version-conflict': {
        const code: 'version-conflict' = problem.code
        expect(code).toBe('version-conflict')
        break
      }
      default:
        expect.unreachable()
    }
  })
})

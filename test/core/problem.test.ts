import { describe, expect, it } from 'vitest'
import { IfMatchError, optionError, show } from '../../src/core/errors.js'
import { KINDS, problemHeaders, problemOf, type ProblemCode } from '../../src/core/problem.js'

describe('a problem', () => {
  it.each(Object.keys(KINDS) as ProblemCode[])('%s has every member that a client may rely on', (code) => {
    const problem = problemOf(code)
    expect(problem).toMatchObject({
      type: `urn:express-if-match:problem:${code}`,
      code,
      status: KINDS[code].status,
    })
    expect(problem.title).not.toBe('')
    expect(problem.detail).toMatch(/\.$/)
    expect(['no', 'unknown']).toContain(problem.applied)
    if (problem.retryable) expect(problem.resolution.length).toBeGreaterThan(0)
  })

  it('has the status and the promise of the design', () => {
    const table = Object.entries(KINDS).map(([code, { status, retryable, applied }]) => [
      code,
      status,
      retryable,
      applied,
    ])
    expect(table).toEqual([
      ['precondition-required', 428, true, 'no'],
      ['version-conflict', 409, true, 'no'],
      ['already-exists', 412, false, 'no'],
      ['malformed-precondition', 400, false, 'no'],
      ['malformed-key', 400, false, 'no'],
      ['forbidden', 403, false, 'no'],
      ['not-found', 404, false, 'no'],
      ['write-in-progress', 409, true, 'no'],
      ['transaction-conflict', 409, true, 'no'],
      ['existence-unknown', 500, false, 'no'],
      ['outcome-unknown', 500, true, 'unknown'],
      ['store-unavailable', 503, true, 'no'],
      ['body-timeout', 408, true, 'unknown'],
    ])
  })

  it('says what to do next, in order', () => {
    const steps = Object.entries(KINDS).map(
      ([code, { resolution }]) =>
        `${code}: ${resolution.map(({ action, method }) => (method === undefined ? action : `${action} ${method}`)).join(', ')}`,
    )
    expect(steps).toEqual([
      'precondition-required: refetch GET, send-precondition',
      'version-conflict: refetch GET, merge, retry',
      'already-exists: refetch GET, use-put',
      'malformed-precondition: correct, refetch GET',
      'malformed-key: correct',
      'forbidden: ',
      'not-found: ',
      'write-in-progress: wait, refetch GET, merge, retry',
      'transaction-conflict: retry',
      'existence-unknown: refetch GET, send-precondition',
      'outcome-unknown: refetch GET, merge, retry',
      'store-unavailable: wait, retry',
      'body-timeout: refetch GET, merge, retry',
    ])
  })

  it('takes what is known of the request, and puts the path and the time into the steps', () => {
    const problem = problemOf('write-in-progress', {
      href: '/articles/1',
      retryAfterMs: 1_500,
      resource: 'articles/1',
      detail: 'Wait.',
    })
    expect(problem).toMatchObject({ resource: 'articles/1', detail: 'Wait.', retryAfterMs: 1_500 })
    expect(problem.resolution).toEqual([
      { action: 'wait', afterMs: 1_500 },
      { action: 'refetch', method: 'GET', href: '/articles/1' },
      { action: 'merge' },
      { action: 'retry' },
    ])
    expect(problem).not.toHaveProperty('href')
    expect(problemOf('write-in-progress').resolution[0]).toEqual({ action: 'wait' })
  })

  it('may have steps of its own', () => {
    expect(problemOf('not-found', { resolution: [{ action: 'force' }] }).resolution).toEqual([
      { action: 'force' },
    ])
  })

  it('asks for the time in whole seconds, never too early, and is not stored where it says so', () => {
    expect(problemHeaders(problemOf('store-unavailable', { retryAfterMs: 1_001 }))).toEqual({
      'Retry-After': '2',
    })
    expect(problemHeaders(problemOf('precondition-required'))).toEqual({ 'Cache-Control': 'no-store' })
    expect(problemHeaders(problemOf('version-conflict'))).toEqual({})
  })
})

describe('the error', () => {
  it('of a problem carries its code, status, headers and cause', () => {
    const problem = problemOf('version-conflict')
    const cause = new Error('why')
    const error = new IfMatchError(problem, { 'Retry-After': '1' }, { cause })
    expect(error).toMatchObject({
      name: 'IfMatchError',
      code: 'version-conflict',
      status: 409,
      headers: { 'Retry-After': '1' },
      problem,
      cause,
    })
    expect(error.statusCode).toBe(409)
    expect(error.message).toBe(problem.detail)
  })

  it('of a mistake is a 500 without a problem', () => {
    const error = new IfMatchError('ERR_NOT_WRITTEN', 'nothing was written')
    expect(error).toMatchObject({
      name: 'IfMatchError',
      code: 'ERR_NOT_WRITTEN',
      status: 500,
      headers: {},
      message: 'nothing was written',
    })
    expect(error.problem).toBeUndefined()
  })

  it('of an option names it, shows the value and says the fix', () => {
    const error = optionError('status', 410, 'Give 409.')
    expect(error.code).toBe('ERR_OPTION_INVALID')
    expect(error.message).toBe('status: 410 will not do. Give 409. (ERR_OPTION_INVALID, see docs/errors.md)')
    expect(optionError('x', 1, 'No.', 'ERR_OPTION_UNKNOWN').code).toBe('ERR_OPTION_UNKNOWN')
  })

  it.each<[unknown, string]>([
    ['a\n"b"', '"a\\n\\"b\\""'],
    ['x'.repeat(60), `"${'x'.repeat(60)}"`],
    ['x'.repeat(61), `"${'x'.repeat(57)}..."`],
    [function named() {}, 'function named'],
    [(() => () => {})(), 'function (anonymous)'],
    [[1, 2], 'an array of 2'],
    [{ password: 'secret' }, 'an object'],
    [null, 'null'],
    [undefined, 'undefined'],
    [12n, '12'],
    [Symbol('s'), 'Symbol(s)'],
  ])('shows %o as %s', (value, shown) => {
    expect(show(value)).toBe(shown)
  })
})

import axios from 'axios'
import { ClientError, conflictOf } from 'express-if-match/client'
import { describe, expect, it, vi } from 'vitest'
import { problemOf, type ProblemCode } from '../../src/core/problem.js'

const aws = (name: string, httpStatusCode = 400) =>
  Object.assign(new Error(name), { name, $fault: 'client', $metadata: { httpStatusCode } })
const kubernetes = (code: number, reason: string, details = {}) => ({
  kind: 'Status',
  status: 'Failure',
  code,
  reason,
  details,
})
const headers = { 'Retry-After': '3' }

describe('what says that another try may succeed', () => {
  it.each<[string, unknown, number | undefined]>([
    ['HTTP 409', { status: 409 }, undefined],
    ['HTTP 412', new Response(null, { status: 412 }), undefined],
    ['HTTP 423', { statusCode: 423 }, undefined],
    ['HTTP 425', { status: 425 }, undefined],
    ['HTTP 429, with seconds to wait', new Response(null, { status: 429, headers }), 3000],
    ['HTTP 503, with seconds to wait', { status: 503, headers }, 3000],
    [
      'an error of axios',
      new axios.AxiosError('', '', undefined, {}, { status: 409, headers } as never),
      3000,
    ],
    ['a problem', problemOf('version-conflict'), undefined],
    ['a problem with a time', problemOf('write-in-progress', { retryAfterMs: 250 }), 250],
    [
      'a problem in an error of axios',
      { response: { status: 409, data: problemOf('write-in-progress', { retryAfterMs: 7 }) } },
      7,
    ],
    [
      'an error of this client',
      new ClientError('version-conflict', '', {
        status: 409,
        problem: problemOf('version-conflict') as never,
      }),
      undefined,
    ],
    ['a Lambda that is being updated', aws('ResourceConflictException', 409), undefined],
    ['an API Gateway that is being updated', aws('ConflictException', 409), undefined],
    ['a DynamoDB table in use', aws('ResourceInUseException'), undefined],
    ['a cancelled S3 operation', aws('OperationAborted', 409), undefined],
    ['Route 53', aws('PriorRequestNotComplete'), undefined],
    ['ThrottlingException', aws('ThrottlingException'), undefined],
    ['TooManyRequestsException', aws('TooManyRequestsException', 429), undefined],
    ['ProvisionedThroughputExceededException', aws('ProvisionedThroughputExceededException'), undefined],
    ['SlowDown', aws('SlowDown', 503), undefined],
    ['an object of Kubernetes that has changed', kubernetes(409, 'Conflict'), undefined],
    ['a busy Kubernetes', kubernetes(429, 'TooManyRequests', { retryAfterSeconds: 2 }), 2000],
    [
      'a Kubernetes client’s error',
      { body: kubernetes(504, 'ServerTimeout', { retryAfterSeconds: 1 }), statusCode: 504 },
      1000,
    ],
    ['PostgreSQL, serialization', Object.assign(new Error(), { code: '40001' }), undefined],
    ['PostgreSQL, deadlock', Object.assign(new Error(), { code: '40P01' }), undefined],
    [
      'MySQL, deadlock',
      Object.assign(new Error(), { code: 'ER_LOCK_DEADLOCK', sqlState: '40001' }),
      undefined,
    ],
    ['MySQL, lock wait', Object.assign(new Error(), { code: 'ER_LOCK_WAIT_TIMEOUT' }), undefined],
    ['SQLite, locked', Object.assign(new Error(), { code: 'SQLITE_BUSY_SNAPSHOT' }), undefined],
  ])('%s', (_, outcome, afterMs) => {
    expect(conflictOf(outcome)).not.toBe(false)
    expect(conflictOf(outcome)).toMatchObject(afterMs === undefined ? {} : { afterMs })
  })

  it('a date to wait for', () => {
    vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) })
    const field = new Date(Date.UTC(2026, 0, 1, 0, 0, 5)).toUTCString()
    expect(conflictOf({ status: 503, headers: { 'retry-after': field } })).toEqual({ afterMs: 5000 })
    expect(conflictOf({ status: 503, headers: { 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' } })).toEqual({
      afterMs: 0,
    })
    vi.useRealTimers()
  })
})

describe('what does not', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', '409'],
    ['a success', { status: 200 }],
    ['HTTP 404', { status: 404 }],
    ['HTTP 503 without a time', new Response(null, { status: 503 })],
    ...['soon', 'soon 7', '5, 5', '-1', '1.5', 'no GMT'].map((time): [string, unknown] => [
      `a time that is none: ${time}`,
      { status: 503, headers: { 'retry-after': time } },
    ]),
    ['a row with a code that a database has, too', { city: 'Madrid', code: '40001' }],
    ['an error of AWS that stays one', aws('ResourceNotFoundException', 404)],
    ['a name alone', Object.assign(new Error(), { name: 'ThrottlingException' })],
    ['an object of Kubernetes that exists', kubernetes(409, 'AlreadyExists')],
    ['a Kubernetes Status without an error', kubernetes(404, 'NotFound')],
    ['a unique key', Object.assign(new Error(), { code: '23505' })],
    ...(['already-exists', 'precondition-required', 'outcome-unknown', 'not-found'] as ProblemCode[]).map(
      (code) =>
        [`the problem ${code}`, { response: { status: 409, data: problemOf(code) } }] as [string, unknown],
    ),
  ])('%s', (_, outcome) => {
    expect(conflictOf(outcome)).toBe(false)
  })
})

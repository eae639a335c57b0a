import serverlessExpress from '@codegenie/serverless-express'
import type { Express } from 'express'
import { memoryLedger } from 'express-if-match'
import { report, type Report } from 'express-if-match/observe'
import serverless from 'serverless-http'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  createApp,
  keepContext,
  logging,
  remainingOfInvoke,
  remainingOfRequest,
} from '../../examples/adopting/lambda.js'
import type { Send } from '../support/api.js'
import { walk } from './adopting-cases.js'

interface Result {
  readonly statusCode: number
  readonly body: string
  readonly headers?: Record<string, string>
}
type Handler = (event: object, context: object) => Promise<Result>
const context = { getRemainingTimeInMillis: () => 3_000 }

const ADAPTERS: Record<string, { adapt: (app: Express) => Handler; remaining: typeof remainingOfRequest }> = {
  'serverless-http': {
    adapt: (app) => serverless(app as never, { request: keepContext }) as Handler,
    remaining: remainingOfRequest,
  },
  '@codegenie/serverless-express': {
    adapt: (app) => (serverlessExpress as unknown as (options: object) => Handler)({ app }),
    remaining: remainingOfInvoke,
  },
}

/** As API Gateway sends it, in its format 2.0. */
function sendTo(handler: Handler): Send {
  return async (method, path, { headers = {}, body } = {}) => {
    const event = {
      version: '2.0',
      routeKey: '$default',
      rawPath: path,
      rawQueryString: '',
      headers: { host: 'a', 'content-type': 'application/json', ...headers },
      requestContext: { http: { method, path, sourceIp: '127.0.0.1' }, stage: '$default', timeEpoch: 0 },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      isBase64Encoded: false,
    }
    const { statusCode, headers: answered = {} } = await handler(event, context)
    const lower = Object.fromEntries(
      Object.entries(answered).map(([name, value]) => [name.toLowerCase(), value]),
    )
    return { status: statusCode, headers: lower } as never
  }
}

describe.each(Object.entries(ADAPTERS))('Lambda with %s', (_name, { adapt, remaining }) => {
  function observed(): Report {
    const conflicts = report({ who: () => 'test' })
    onTestFinished(() => conflicts.close())
    return conflicts
  }

  walk({
    async open(step) {
      const conflicts = observed()
      return { send: sendTo(adapt(createApp(memoryLedger(), remaining, step))), conflicts: conflicts.data }
    },
    path: '/articles/1',
    body: { title: 'Changed' },
    route: '/articles/:id',
  })

  it('has the lease that the invocation leaves, and logs what it has counted', async () => {
    const ledger = memoryLedger()
    const leases: number[] = []
    const watched = {
      ...ledger,
      compareAndSwap: (...[key, swap]: Parameters<typeof ledger.compareAndSwap>) => {
        leases.push(swap.to.lease)
        return ledger.compareAndSwap(key, swap)
      },
    }
    const lines: string[] = []
    const handler = adapt(createApp(watched, remaining, 'observe'))
    const send = sendTo(logging(handler, observed(), (line) => lines.push(line)))
    for (const body of [{ title: 'A' }, { title: 'B' }])
      expect((await send('PUT', '/articles/1', { body })).status).toBe(200)
    await send('GET', '/articles/1')
    expect(leases[0]).toBe(3_000)
    expect(
      lines.map((line) => (JSON.parse(line) as { conflicts: { refused: number } }).conflicts.refused),
    ).toEqual([1, 2])
  })
})

import serverlessExpress from '@codegenie/serverless-express'
import type { RequestHandler } from 'express'
import { ifMatch, type Ledger } from 'express-if-match'
import serverless from 'serverless-http'
import { describe, expect, it } from 'vitest'
import { majors, type Express } from '../support/http.js'
import { laterLedger } from '../support/ledgers.js'

interface Result {
  readonly statusCode: number
  readonly body?: string
  readonly headers?: Record<string, string>
  readonly multiValueHeaders?: Record<string, string[]>
}

type Invoke = (event: object) => Promise<Result>
type Sent = Readonly<Record<string, string>>

const adapters: Record<string, (app: ReturnType<Express>) => Invoke> = {
  'serverless-http': (app) => {
    const handle = serverless(app as never)
    return async (event) => (await handle(event, {})) as Result
  },
  '@codegenie/serverless-express': (app) => {
    const handle = (serverlessExpress as unknown as (options: object) => unknown)({ app }) as (
      event: object,
      context: object,
    ) => Promise<Result>
    return (event) => handle(event, {})
  },
}

const events: Record<string, (method: string, path: string, headers: Sent, body?: string) => object> = {
  v1: (method, path, headers, body) => ({
    version: '1.0',
    resource: '/{proxy+}',
    path,
    httpMethod: method,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    requestContext: { httpMethod: method, path, stage: 'prod', identity: { sourceIp: '127.0.0.1' } },
    body: body ?? null,
    isBase64Encoded: false,
  }),
  v2: (method, path, headers, body) => ({
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers,
    requestContext: { http: { method, path, sourceIp: '127.0.0.1' }, stage: '$default', timeEpoch: 0 },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: false,
  }),
}

function etagOf({ headers = {}, multiValueHeaders = {} }: Result): string {
  const found = Object.entries({ ...multiValueHeaders, ...headers }).find(
    ([name]) => name.toLowerCase() === 'etag',
  )
  return String(found?.[1] ?? '')
}

function app(express: Express, ledger: Ledger): ReturnType<Express> {
  const articles = new Map([['1', { title: 'One' }]])
  const served = express()
  const guards = ifMatch({ ledger, key: 'articles/:id' })
  served.use(express.json())
  served.get('/articles/:id', guards.read(), ((req, res) =>
    res.json(articles.get(req.params['id'] as string))) as RequestHandler)
  served.put('/articles/:id', guards.guard(), ((req, res) => {
    articles.set(req.params['id'] as string, req.body as { title: string })
    res.json(req.body)
  }) as RequestHandler)
  return served
}

const matrix = majors.flatMap(([name, express]) =>
  Object.entries(adapters).flatMap(([adapter, adapt]) =>
    Object.entries(events).map(
      ([version, event]) => [name, adapter, version, express, adapt, event] as const,
    ),
  ),
)

describe.each(matrix)('%s, %s, API Gateway %s', (_name, _adapter, _version, express, adapt, event) => {
  const json = { 'content-type': 'application/json', host: 'a' }

  it('reads, saves a read, writes once for one tag, refuses the second', async () => {
    const invoke = adapt(app(express, laterLedger()))
    const path = '/articles/1'
    const read = await invoke(event('GET', path, json))
    const tag = etagOf(read)
    expect([read.statusCode, read.body]).toEqual([200, '{"title":"One"}'])
    expect(tag).toMatch(/^"[^".]+\.[^".]+"$/)
    const again = await invoke(event('GET', path, { ...json, 'if-none-match': tag }))
    expect([again.statusCode, again.body ?? '', etagOf(again)]).toEqual([304, '', tag])
    expect((await invoke(event('PUT', path, json, '{"title":"None"}'))).statusCode).toBe(428)
    const put = (title: string) =>
      invoke(event('PUT', path, { ...json, 'if-match': tag }, JSON.stringify({ title })))
    const won = await put('Two')
    expect([won.statusCode, won.body]).toEqual([200, '{"title":"Two"}'])
    expect(etagOf(won)).toMatch(/^"[^".]+"$/)
    const lost = await put('Three')
    expect([lost.statusCode, (JSON.parse(lost.body ?? '') as { code: string }).code]).toEqual([
      409,
      'version-conflict',
    ])
    expect(etagOf(lost)).toBe('')
    expect((await invoke(event('GET', path, json))).body).toBe('{"title":"Two"}')
  })
})

import express from 'express'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ifMatch, problems } from '../../src/index.js'
import { dynamodbLedger, dynamodbTable } from '../../src/stores/dynamodb.js'
import { serve } from '../support/api.js'
import { sendingItems, startDynamodb, type Wire } from './dynamodb-server.js'

interface Order {
  tenant: string
  number: number
  version: number
  note?: string
  paid?: boolean
}

const dynamodb = await startDynamodb()
const ledgers = await dynamodb.table(['key', 'S'])
const orders = await dynamodb.table(['tenant', 'S'], ['number', 'N'])
const names = (requests: readonly { name: string }[]) => requests.map(({ name }) => name)

describe.each([
  ['which reads what refused a swap', undefined],
  ['which is sent what refused a swap', sendingItems(dynamodb)],
])('ifMatch over dynamodbLedger, %s', (title, wire) => {
  const id = title.includes('sent') ? 'a' : 'b'

  /** Two processes, as far as the ledger can tell. */
  async function servers(failing: { wire?: Wire } = {}) {
    const documents: Record<string, string> = {}
    const connections = [0, 1].map(() => dynamodb.connect({ ...(wire && { wire }), ...failing }))
    const sends = connections.map(({ document }) => {
      const ledger = dynamodbLedger(document, { table: ledgers })
      // long enough for a busy machine: a loser is to be judged, not turned away
      const api = ifMatch({ key: 'articles/:id', ledger, claim: { wait: 15_000 } })
      const app = express().use(express.json())
      app.get(
        '/articles/:id',
        api.read(),
        (req, res) => void res.json({ text: documents[req.params.id] ?? '' }),
      )
      app.put('/articles/:id', api.guard(), (req, res) => {
        documents[req.params.id] = req.body.text
        res.json({ text: req.body.text })
      })
      return serve(app.use(problems()))
    })
    const [first, second] = [await sends[0]!, await sends[1]!]
    return { first, second, requests: connections[0]!.requests, documents }
  }

  it('lets one of twenty writers through, of two processes', async () => {
    const { first, second, documents } = await servers()
    const tag = (await first('GET', `/articles/race-${id}`)).headers.etag ?? ''
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, writer) =>
        [first, second][writer % 2]!('PUT', `/articles/race-${id}`, {
          headers: { 'If-Match': tag },
          body: { text: `writer ${writer}` },
        }),
      ),
    )
    const [winner, ...more] = answers.filter(({ status }) => status < 300)
    expect(more).toEqual([])
    expect(documents[`race-${id}`]).toBe(winner?.json.text)
    const losers = answers.filter(({ status }) => status === 409)
    expect(losers).toHaveLength(19)
    for (const { problem } of losers)
      expect(problem).toMatchObject({ code: 'version-conflict', applied: 'no' })
    // and the tag of the winner is the current one
    const headers = { 'If-Match': winner?.headers.etag }
    expect((await second('PUT', `/articles/race-${id}`, { headers, body: { text: 'next' } })).status).toBe(
      200,
    )
  })

  it('asks for one claim, one settle, and one read', async () => {
    const { first, requests } = await servers()
    const path = `/articles/count-${id}`
    const read = await first('GET', path)
    expect(names(requests.splice(0))).toEqual(['GetItem'])
    const headers = { 'If-Match': read.headers.etag }
    expect((await first('PUT', path, { headers, body: { text: 'x' } })).status).toBe(200)
    expect(names(requests.splice(0))).toEqual(['UpdateItem', 'UpdateItem'])
  })

  it('answers 503 while the table does not answer, and runs no handler', async () => {
    const { first, documents } = await servers({
      wire: async () => {
        throw Object.assign(new Error('no'), { name: 'AccessDeniedException' })
      },
    })
    const headers = { 'If-Match': '"0"' }
    const answer = await first('PUT', `/articles/down-${id}`, { headers, body: { text: 'x' } })
    expect(answer).toMatchObject({ status: 503, problem: { code: 'store-unavailable', applied: 'no' } })
    expect(documents[`down-${id}`]).toBeUndefined()
  })
})

describe('ifMatch over dynamodbTable', () => {
  async function server() {
    const { document, requests } = dynamodb.connect()
    const api = ifMatch({
      key: 'tenants/:tenant/orders/:number',
      params: z.object({ tenant: z.string(), number: z.coerce.number().int() }),
      required: false,
      table: dynamodbTable<Order>(document, {
        name: orders,
        id: ['tenant', 'number'],
        columns: ['note', 'paid'],
      }),
      represent: ({ note }) => ({ note }),
    })
    const app = express().use(express.json())
    app.get('/tenants/:tenant/orders/:number', async (req, res) => {
      const { tenant, number } = req.params
      const { Item } = await document.get({ TableName: orders, Key: { tenant, number: Number(number) } })
      if (Item === undefined) res.sendStatus(404)
      else api.send(res, Item as Order)
    })
    const path = '/tenants/:tenant/orders/:number'
    app.put(
      path,
      api.wrap(async (req, res, write) => {
        if (write.expected.kind === 'absent') res.status(201).json(await write.insert(req.body))
        else res.json(await write.update(req.body))
      }),
    )
    app.delete(
      path,
      api.wrap(async (_req, res, write) => {
        await write.delete()
        res.sendStatus(204)
      }),
    )
    return { send: await serve(app.use(problems())), requests }
  }

  it('creates once, updates with one request, and lets one of twenty through', async () => {
    const { send, requests } = await server()
    const path = '/tenants/t/orders/042'
    const create = { headers: { 'If-None-Match': '*' }, body: { note: 'new' } }
    const made = await Promise.all(Array.from({ length: 5 }, () => send('PUT', path, create)))
    expect(made.map(({ status }) => status).sort()).toEqual([201, 412, 412, 412, 412])
    const created = made.find(({ status }) => status === 201)
    expect(created?.json).toMatchObject({ tenant: 't', number: 42, note: 'new' })

    requests.splice(0)
    const one = { headers: { 'If-Match': created?.headers.etag }, body: { note: 'one' } }
    const updated = await send('PUT', path, one)
    expect(updated.status).toBe(200)
    expect(names(requests.splice(0))).toEqual(['UpdateItem'])

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, writer) =>
        send('PUT', path, {
          headers: { 'If-Match': updated.headers.etag },
          body: { note: `writer ${writer}` },
        }),
      ),
    )
    const [winner, ...more] = answers.filter(({ status }) => status < 300)
    expect(more).toEqual([])
    for (const { problem } of answers.filter((answer) => answer !== winner)) {
      expect(problem).toMatchObject({
        code: 'version-conflict',
        current: { representation: { note: winner?.json.note } },
        applied: 'no',
      })
    }
    // one request for each of the twenty, and one more for each loser
    expect(names(requests).filter((name) => name === 'UpdateItem')).toHaveLength(20)
    expect(names(requests).filter((name) => name === 'GetItem')).toHaveLength(19)

    const read = await send('GET', path)
    expect(read.json.note).toBe(winner?.json.note)
    expect((await send('DELETE', path, { headers: { 'If-Match': created?.headers.etag } })).status).toBe(409)
    expect((await send('DELETE', path, { headers: { 'If-Match': read.headers.etag } })).status).toBe(204)
    const gone = await send('PUT', path, {
      headers: { 'If-Match': read.headers.etag },
      body: { note: 'late' },
    })
    expect(gone).toMatchObject({ status: 409, problem: { reason: 'gone' } })
    expect((await send('PUT', path, { body: { note: 'nobody' } })).status).toBe(404)
  })

  it('answers ids that no item can have as missing', async () => {
    const { send } = await server()
    const path = `/tenants/${'x'.repeat(2049)}/orders/1`
    expect((await send('PUT', path, { body: { note: 'x' } })).status).toBe(404)
    expect((await send('DELETE', path, { headers: { 'If-Match': '"1"' } })).status).toBe(409)
  })

  it('says of a transaction that there is none', async () => {
    const { document } = dynamodb.connect()
    const table = dynamodbTable<Order>(document, {
      name: orders,
      id: ['tenant', 'number'],
      columns: ['note'],
    })
    const api = ifMatch({ key: 'tenants/:tenant/orders/:number', table, required: false })
    const app = express()
    app.put(
      '/tenants/:tenant/orders/:number',
      api.wrap(async (_req, res, write) => {
        try {
          await write.transaction(() => undefined)
        } catch (error) {
          res.status(500).json({ code: (error as { code?: string }).code })
        }
      }),
    )
    const send = await serve(app.use(problems()))
    expect((await send('PUT', '/tenants/t/orders/1')).json).toEqual({ code: 'ERR_WRITE_UNSUPPORTED' })
  })
})

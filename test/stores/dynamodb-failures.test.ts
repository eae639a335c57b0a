import express from 'express'
import { describe, expect, it } from 'vitest'
import { ifMatch, problems } from '../../src/index.js'
import { dynamodbTable } from '../../src/stores/dynamodb.js'
import { serve } from '../support/api.js'
import { startDynamodb, type Wire } from './dynamodb-server.js'

/* dynalite has neither transactions nor Regions: what DynamoDB says of them is put in its mouth. */

const dynamodb = await startDynamodb()
const name = await dynamodb.table(['id', 'S'])

interface Article {
  id: string
  version: number
  title: string
}

/** An update over HTTP that goes over `wire`, and what is stored after it. */
async function update(wire: Wire) {
  const { document } = dynamodb.connect({
    wire: (request, send) => (begun && request.name === 'UpdateItem' ? wire(request, send) : send()),
  })
  let begun = false
  const table = dynamodbTable<Article>(document, { name, columns: ['title'] })
  const id = String(Math.random())
  const row = (await table.insert({ id }, { title: 'a' }))!
  const api = ifMatch({ key: 'articles/:id', table })
  const app = express().use(express.json())
  app.put(
    '/articles/:id',
    api.wrap(async (req, res, write) => res.json(await write.update(req.body))),
  )
  const send = await serve(app.use(problems()))
  begun = true
  const headers = { 'If-Match': `"${row.version}"` }
  const { status, problem } = await send('PUT', `/articles/${id}`, { headers, body: { title: 'b' } })
  return { status, problem, title: (await table.find({ id }))?.title }
}

const refused = (code: string) =>
  Object.assign(new Error(code), { name: code, $fault: 'client', $metadata: { httpStatusCode: 400 } })
const cut = (code: string) => Object.assign(new Error(code), { code })

/** The first attempt is made and its answer lost; those after it end so. */
function lostThen(failure: () => Error): Wire {
  let attempts = 0
  return async (_request, send) => {
    if (++attempts > 1) throw failure()
    await send()
    throw cut('ECONNRESET')
  }
}

const UNKNOWN = { status: 500, title: 'b', problem: { code: 'outcome-unknown', applied: 'unknown' } }

describe('a write that was made, and sent again since its answer was lost', () => {
  it('is unknown where the server is not reached any more: only the last attempt was not begun', async () => {
    expect(await update(lostThen(() => cut('ECONNREFUSED')))).toMatchObject(UNKNOWN)
  })

  it('is unknown where another one is in the way then', async () => {
    expect(await update(lostThen(() => refused('TransactionConflictException')))).toMatchObject(UNKNOWN)
  })
})

describe('a write that another one was in the way of', () => {
  it.each([
    ['a transaction', 'TransactionConflictException'],
    ['a write of another Region', 'ReplicatedWriteConflictException'],
  ])('%s: nothing was changed, and it may be sent again', async (_what, code) => {
    expect(await update(() => Promise.reject(refused(code)))).toMatchObject({
      status: 409,
      title: 'a',
      problem: { code: 'transaction-conflict', applied: 'no', retryable: true },
    })
  })
})

import { describe, expect, it } from 'vitest'
import { counted, orderApi, TABLES, type Order, type OrderWrite } from '../support/orders.js'

const update = (body: Partial<Order>, write: OrderWrite) => write.update(body)

describe.each(Object.entries(TABLES))('table, %s: update', (_name, make) => {
  it('makes no statement before the handler, and one for a winner', async () => {
    const statements: string[] = []
    const send = await orderApi(counted(make(), statements), async (body, write) => {
      expect(statements).toEqual([])
      return write.update(body)
    })
    const answer = await send('PUT', '/orders/7', { headers: { 'If-Match': '"1"' }, body: { note: 'a' } })
    expect(answer).toMatchObject({ status: 200, json: { id: 7, note: 'a', version: 2 } })
    expect(answer.headers.etag).toBe('"2"')
    expect(statements).toEqual(['update'])
  })

  it('answers the tag that a read has in its version part', async () => {
    const send = await orderApi(make(), update)
    const read = await send('GET', '/orders/7')
    expect(read.headers.etag).toMatch(/^"1\..+"$/)
    const { etag = '' } = read.headers
    const written = await send('PUT', '/orders/7', { headers: { 'If-Match': etag }, body: { note: 'a' } })
    expect(written.status).toBe(200)
    expect((await send('GET', '/orders/7')).headers.etag).toMatch(/^"2\./)
  })

  it('of twenty with one tag lets one through, and shows the others what stands there', async () => {
    const send = await orderApi(make(), update)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        send('PUT', '/orders/7', { headers: { 'If-Match': '"1"' }, body: { note: `n${index}` } }),
      ),
    )
    const [winner, ...more] = answers.filter(({ status }) => status === 200)
    expect(more).toEqual([])
    const losers = answers.filter(({ status }) => status === 409)
    expect(losers).toHaveLength(19)
    for (const { problem, headers } of losers) {
      expect(problem).toMatchObject({
        code: 'version-conflict',
        reason: 'stale',
        resource: 'orders/7',
        expected: ['1'],
        current: { version: '2', etag: '"2"', representation: { note: winner?.json.note } },
        applied: 'no',
        retryable: true,
      })
      expect(headers.etag).toBeUndefined()
    }
  })

  it('takes one of several tags, `*`, and nothing at all where nothing is required', async () => {
    const send = await orderApi(make(), update)
    const several = await send('PUT', '/orders/7', { headers: { 'If-Match': '"9", "1"' }, body: {} })
    expect(several.status).toBe(200)
    expect((await send('PUT', '/orders/7', { headers: { 'If-Match': '*' }, body: {} })).status).toBe(200)
    expect((await send('PUT', '/orders/7', { body: {} })).status).toBe(428)
  })

  it('says `gone` to a version of a missing row, and 404 to whoever named none', async () => {
    const send = await orderApi(make(), update)
    const gone = await send('PUT', '/orders/8', { headers: { 'If-Match': '"1"' }, body: {} })
    expect(gone).toMatchObject({ status: 409, problem: { reason: 'gone', applied: 'no' } })
    expect(gone.problem.current).toBeUndefined()
    const any = await send('PUT', '/orders/8', { headers: { 'If-Match': '*' }, body: {} })
    expect(any).toMatchObject({ status: 409, problem: { reason: 'gone' } })
    const unnamed = await send('PUT', '/orders/8', { headers: { 'If-None-Match': '"5"' }, body: {} })
    expect(unnamed).toMatchObject({ status: 404, problem: { code: 'not-found' } })
  })

  it('reads the version from the body, and ignores the id there', async () => {
    const send = await orderApi(make(), update)
    const stale = await send('PUT', '/orders/7', { body: { id: 9, version: 3, note: 'a' } })
    expect(stale).toMatchObject({ status: 409, problem: { code: 'version-conflict' } })
    const written = await send('PUT', '/orders/7', { body: { id: 9, version: 1, note: 'a' } })
    expect(written).toMatchObject({ status: 200, json: { id: 7, version: 2 } })
    const textual = await send('PUT', '/orders/7', { body: { version: '2', note: 'b' } })
    expect(textual).toMatchObject({ status: 200, json: { version: 3 } })
    const both = { headers: { 'If-Match': '"3"' }, body: { version: 2, note: 'c' } }
    expect((await send('PUT', '/orders/7', both)).status).toBe(409)
  })

  it('refuses versions that are none of its own', async () => {
    const send = await orderApi(make(), update)
    for (const tag of ['"abc"', '"1.5.x"', '"-1"', '"01"'])
      expect((await send('PUT', '/orders/7', { headers: { 'If-Match': tag }, body: {} })).status, tag).toBe(
        tag === '"1.5.x"' ? 200 : 400,
      )
  })

  it('goes on in a second write from what the first one made', async () => {
    const send = await orderApi(make(), async (_body, write) => {
      await write.update({ status: 'paid' })
      return write.update({ note: 'paid' })
    })
    const answer = await send('PUT', '/orders/7', { headers: { 'If-Match': '"1"' }, body: {} })
    expect(answer).toMatchObject({ status: 200, json: { status: 'paid', note: 'paid', version: 3 } })
    expect(answer.headers.etag).toBe('"3"')
  })

  it('does so too where nobody awaits the first', async () => {
    const send = await orderApi(make(), (_body, write) => {
      void write.update({ status: 'paid' })
      return write.update({ note: 'paid' })
    })
    const answer = await send('PUT', '/orders/7', { headers: { 'If-Match': '"1"' }, body: {} })
    expect(answer).toMatchObject({ status: 200, json: { status: 'paid', note: 'paid', version: 3 } })
  })
})

import { afterEach, describe, expect, it, vi } from 'vitest'
import { orderApi, TABLES } from '../support/orders.js'

const ONE = { headers: { 'If-Match': '"1"' }, body: {} }

describe('table: a success without a write', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('is a mistake that the error handler gets, outside production', async () => {
    const send = await orderApi(TABLES['memory']!(), () => undefined)
    const answer = await send('PUT', '/orders/7', ONE)
    expect(answer).toMatchObject({ status: 500, json: { code: 'ERR_NOT_WRITTEN' } })
    expect(answer.json.message).toMatch(/orders\/7.*write\.update.*unchanged/)
  })

  it('is reported each time in production', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const send = await orderApi(TABLES['memory']!(), () => undefined)
    for (const times of [1, 2]) {
      expect(await send('PUT', '/orders/7', ONE)).toMatchObject({ status: 200 })
      const codes = warned.mock.calls.map(([, options]) => (options as { code?: string }).code)
      expect(codes).toEqual(Array.from({ length: times }, () => 'ERR_NOT_WRITTEN'))
    }
    warned.mockRestore()
  })

  it('a refusal needs no write', async () => {
    const send = await orderApi(TABLES['memory']!(), (_body, _write, res) => res.status(422).json({}))
    expect((await send('PUT', '/orders/7', ONE)).status).toBe(422)
  })
})

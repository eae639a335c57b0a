import { afterAll, beforeAll, expect } from 'vitest'
import { contention, increment, type Contention, type Counter } from '../../bench/contention.js'
import { postgres } from '../support/servers.js'

const CLIENTS = 64

postgres.describe('64 clients that update one row of PostgreSQL at once', () => {
  let hot: Contention
  beforeAll(async () => {
    hot = await contention(postgres.url)
  })
  afterAll(async () => {
    await hot.close()
  })

  postgres.it('all finish and lose nothing, with far fewer tries in vain than without a wait', async () => {
    const waiting = await hot.run(CLIENTS, (client, url) => client.update<Counter>(url, increment))
    expect(waiting).toMatchObject({ finished: CLIENTS, counted: CLIENTS })
    const atOnce = await hot.run(CLIENTS, (client, url) =>
      client.update<Counter>(url, increment, { firstDelay: 0, attempts: 10_000, timeout: 60_000 }),
    )
    expect(atOnce).toMatchObject({ finished: CLIENTS, counted: CLIENTS })
    expect(waiting.wasted).toBeLessThan(atOnce.wasted / 2)
  })
})

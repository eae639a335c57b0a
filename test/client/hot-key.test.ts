import { expect } from 'vitest'
import { postgresCounters, redisCounters, type CounterApp } from '../../bench/hot-key/apps.js'
import { burst } from '../../bench/hot-key/burst.js'
import { plainLoops, updating } from '../../bench/hot-key/strategies.js'
import { start } from '../support/http.js'
import { postgres, redis } from '../support/servers.js'

const CLIENTS = 64

async function writesOf(counters: CounterApp, strategy: Parameters<typeof burst>[2]): Promise<number> {
  const { url } = await start(counters.app)
  const { ended, counted } = await burst(url, CLIENTS, strategy)
  expect([ended.length, counted]).toEqual([CLIENTS, CLIENTS])
  return ended.reduce((sum, { tries }) => sum + tries, 0)
}

const servers = [
  { server: postgres, counters: postgresCounters },
  { server: redis, counters: redisCounters },
]
for (const { server, counters: make } of servers) {
  server.describe('64 clients that update one resource at once', () => {
    server.it('all finish and lose nothing, with far fewer tries than without turns', async () => {
      const counters = await make(server.url)
      try {
        const told = await writesOf(counters, updating({ timeout: 120_000 }))
        const atOnce = await writesOf(counters, plainLoops['immediate retry'])
        expect(told).toBeLessThan(atOnce / 2)
      } finally {
        await counters.close()
      }
    })
  })
}

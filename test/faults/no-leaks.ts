import { expect } from 'vitest'
import type { Cluster, FaultServer } from './cluster.js'
import type { Resources } from './fault-server.js'
import { CLAIM, STORE_LIMIT } from './limits.js'

/**
 * ms: what was begun and not ended may take up to here, since a server tells the store of an unknown outcome a third of a
 * lease later, and a driver gives up on a connection after its own limit
 */
const CALM = 10 * (CLAIM.lease + STORE_LIMIT)

/** Nothing is left of the load: in the servers, and at the store. */
export async function noLeaks({ servers }: Cluster, connections: () => Promise<number>): Promise<void> {
  await Promise.all(
    servers.map(async (server) => {
      await settled(server, 'connections of the pool are still in use', ({ busy }) => busy === 0)
      await server.close()
      const { before } = server
      await settled(server, 'timers are left', ({ timers }) => timers <= before.timers)
      await settled(
        server,
        `more is open than at the start, ${JSON.stringify(before.active)}`,
        ({ active }) => Object.entries(active).every(([kind, count]) => count <= (before.active[kind] ?? 0)),
      )
    }),
  )
  await until('connections are left at the store', connections, (count) => count === 0)
}

function settled(server: FaultServer, complaint: string, isCalm: (now: Resources) => boolean): Promise<void> {
  return until(complaint, () => server.resources(), isCalm)
}

async function until<T>(
  complaint: string,
  look: () => Promise<T>,
  isCalm: (now: T) => boolean,
): Promise<void> {
  const limit = performance.now() + CALM
  for (;;) {
    const now = await look()
    if (isCalm(now)) return
    if (performance.now() > limit) expect.fail(`${complaint}: ${JSON.stringify(now)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

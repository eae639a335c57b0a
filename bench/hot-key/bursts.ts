import { startChild } from '../child.js'
import { burst, type Burst, type Strategy } from './burst.js'

const URLS = {
  PostgreSQL: process.env.POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/test',
  Redis: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379',
}

export type Store = keyof typeof URLS
export const stores = Object.keys(URLS) as readonly Store[]

/**
 * The bursts of each strategy on one server, which has a process to itself. Round by round, so that whatever else the
 * machine does meets all of them; the first round warms up.
 */
export async function bursts<Name extends string>(
  store: Store,
  strategies: Readonly<Record<Name, () => Strategy>>,
  { clients, rounds }: { readonly clients: number; readonly rounds: number },
): Promise<Readonly<Record<Name, readonly Burst[]>>> {
  const names = Object.keys(strategies) as Name[]
  const seen = Object.fromEntries(names.map((name) => [name, [] as Burst[]])) as Record<Name, Burst[]>
  const server = startChild('hot-key/server.ts', [store, URLS[store]])
  try {
    const { port } = await server.said<{ port: number }>()
    for (let round = -1; round < rounds; round++) {
      for (const name of names) {
        const one = await burst(`http://127.0.0.1:${port}`, clients, strategies[name])
        if (round >= 0) seen[name].push(one)
      }
    }
  } finally {
    await server.close()
  }
  return seen
}

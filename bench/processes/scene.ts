import { Redis } from 'ioredis'
import pg from 'pg'
import { POSTGRES_URL, REDIS_URL, type Way } from './guarded.js'
import { postgresCpu, redisCpu } from './server-cpu.js'

/** How many keys one process has for itself. */
const KEYS_EACH = 16

/** What the processes share: a table of their own, or keys. */
export interface Scene {
  readonly name: string
  /** the first of the keys of one process */
  firstId(process: number): number
  /** µs of CPU of the server so far */
  serverCpu(): Promise<number>
  close(): Promise<void>
}

export async function scene(way: Way, processes = 4): Promise<Scene> {
  const name = `bench_${process.pid}_${Math.floor(performance.now())}`
  const firstId = (index: number) => 1 + index * KEYS_EACH
  return way === 'claims, Redis'
    ? { name, firstId, ...onRedis(name) }
    : { name, firstId, ...(await onPostgres(name, processes * KEYS_EACH)) }
}

function onRedis(name: string): Omit<Scene, 'name' | 'firstId'> {
  const redis = new Redis(REDIS_URL)
  return {
    serverCpu: () => redisCpu(redis),
    async close() {
      for await (const keys of redis.scanStream({ match: `${name}:*`, count: 1000 }))
        if ((keys as string[]).length > 0) await redis.del(keys as string[])
      redis.disconnect()
    },
  }
}

async function onPostgres(name: string, keys: number): Promise<Omit<Scene, 'name' | 'firstId'>> {
  const pool = new pg.Pool({ connectionString: POSTGRES_URL, max: 2 })
  await pool.query(`CREATE TABLE ${name}_rows (id integer PRIMARY KEY, title text, version bigint NOT NULL)`)
  await pool.query(`INSERT INTO ${name}_rows SELECT id, '', 1 FROM generate_series(1, $1) AS id`, [keys])
  return {
    serverCpu: () => postgresCpu(pool, name),
    async close() {
      await pool.query(`DROP TABLE IF EXISTS ${name}_rows, ${name}`)
      await pool.end()
    },
  }
}

import { appProcess } from '../http/app-process.js'
import { load } from '../http/load.js'
import { rowPuts } from '../http/scripts.js'
import { compare, spread, type Side } from '../pairs.js'
import { short, type Row } from '../rows.js'
import { databases, isDatabase, type Database } from '../tables/databases.js'
import { takingTurns } from '../turns.js'

const ROUNDS = 15
const CLIENTS = [1, 16, 64]
/** as in http/cpu.ts; the baseline has twice as many, for it has two turns in a round */
const PROCESSES = 2
const WARM_UP = 3000

/** PUT over HTTP, Express and a database: a route under `wrap` with `write.update`, beside the same one without versions. */
export async function tableRoutes(): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const database of Object.keys(databases))
    if (isDatabase(database)) rows.push(...(await ofDatabase(database)))
  return rows
}

async function ofDatabase(database: Database): Promise<readonly Row[]> {
  const plain = await routes(database, 'plain', PROCESSES * 2)
  const guarded = await routes(database, 'guarded', PROCESSES)
  try {
    const rows: Row[] = []
    for (const clients of CLIENTS) {
      const count = clients === 1 ? 300 : 1500
      const [baseline, side] = [plain.under(clients, count), guarded.under(clients, count)]
      const {
        sides,
        control,
        baseline: without,
      } = await compare(baseline.rate, { guarded: side.rate }, ROUNDS)
      const cpu = `${short(spread(side.cpu).median)} µs of the application's CPU against ${short(spread(baseline.cpu).median)}`
      rows.push({
        what: `\`write.update\` under \`wrap\`, over HTTP, ${database}, ${clients === 1 ? '1 client' : `${clients} clients`}`,
        against: 'the same route with the plain write, without a version',
        of: 'throughput',
        goal: { atLeast: 0.95 },
        seen: sides.guarded.ratio,
        control,
        figures: `${short(sides.guarded.side.median)}/s against ${short(without.median)}/s; ${cpu}`,
      })
      baseline.close()
      side.close()
    }
    return rows
  } finally {
    await plain.close()
    await guarded.close()
  }
}

interface Routes {
  /** requests per second of so many clients, over `count` requests; `cpu`: µs per request, one figure for each turn */
  under(
    clients: number,
    count: number,
  ): { readonly rate: Side; readonly cpu: readonly number[]; close(): void }
  close(): Promise<void>
}

/** One application in several processes, which take turns. */
async function routes(database: Database, how: 'plain' | 'guarded', processes: number): Promise<Routes> {
  const apps = await Promise.all(
    Array.from({ length: processes }, () => appProcess('table-server.ts', [database, how])),
  )
  for (const { origin } of apps) {
    const warming = load(origin, 16, rowPuts(500))
    await warming.send(WARM_UP)
    warming.close()
  }
  return {
    under(clients, count) {
      const sides = apps.map((app) => ({ app, clients: load(app.origin, clients, rowPuts()) }))
      const cpu: number[] = []
      const next = takingTurns(sides)
      return {
        cpu,
        async rate() {
          const side = next()
          const began = await side.app.cpu()
          const ms = await side.clients.send(count)
          cpu.push(((await side.app.cpu()) - began) / count)
          return count / (ms / 1000)
        },
        close() {
          for (const { clients } of sides) clients.close()
        },
      }
    },
    async close() {
      await Promise.all(apps.map((app) => app.close()))
    },
  }
}

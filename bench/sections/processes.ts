import { availableParallelism } from 'node:os'
import { startChild, type Child } from '../child.js'
import { compare, spread } from '../pairs.js'
import { scene, type Scene } from '../processes/scene.js'
import { WAYS, type Way } from '../processes/guarded.js'
import type { Worked } from '../processes/worker.js'
import { short, type Row } from '../rows.js'

const ROUNDS = 3
const MS = 900
const MOST = 4

/** What a number of workers did together, by the second. */
interface Together {
  readonly writes: number
  /** cores that were busy */
  readonly workers: number
  readonly server: number
}

/** Writes by 1, 2 and 4 processes on one server, each on keys of its own. */
export async function processes(): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const way of WAYS) {
    const place = await scene(way)
    try {
      rows.push(...(await scaling(way, place)))
    } finally {
      await place.close()
    }
  }
  return rows
}

async function scaling(way: Way, place: Scene): Promise<readonly Row[]> {
  const workers: Child[] = []
  try {
    // one after the other: each warms up as it starts
    for (let index = 0; index < MOST; index += 1) {
      const worker = startChild('processes/worker.ts', [way, place.name, String(place.firstId(index))])
      workers.push(worker)
      await worker.said()
    }
    const seen = new Map<number, Together[]>()
    const side = (count: number) => async () => {
      const before = await place.serverCpu()
      const began = performance.now()
      const done = await Promise.all(workers.slice(0, count).map((worker) => worker.ask<Worked>(MS)))
      const ms = performance.now() - began
      const server = ((await place.serverCpu()) - before) / 1000 / ms
      const writes = done.reduce((sum, one) => sum + one.writes / (one.ms / 1000), 0)
      const busy = done.reduce((sum, one) => sum + one.cpu / 1000 / ms, 0)
      seen.set(count, [...(seen.get(count) ?? []), { writes, workers: busy, server }])
      return writes
    }
    const { sides, control } = await compare(side(1), { two: side(2), four: side(MOST) }, ROUNDS)
    const row = (count: number, ratio: Row['seen']): Row => ({
      what: `${way}: ${count} processes`,
      against: 'one process',
      of: 'writes per second, all together',
      goal: { none: true },
      seen: ratio,
      control,
      figures: `${figuresOf(seen.get(count) ?? [])}; one process: ${figuresOf(seen.get(1) ?? [])}`,
    })
    return [row(2, sides.two.ratio), row(MOST, sides.four.ratio)]
  } finally {
    await Promise.all(workers.map((worker) => worker.close()))
  }
}

/** Where it stops shows by the cores: the workers, their clients and the server share them. */
function figuresOf(seen: readonly Together[]): string {
  const of = (member: keyof Together) => spread(seen.map((one) => one[member])).median
  const [writes, workers, server] = [of('writes'), of('workers'), of('server')]
  const perWrite = (cores: number) => `${short((cores / writes) * 1e6)} µs`
  return (
    `${short(writes)}/s, busy ${short(workers + server)} of ${availableParallelism()} cores ` +
    `(workers and their load ${short(workers)}, ${perWrite(workers)} a write; server ${short(server)}, ${perWrite(server)})`
  )
}

import os from 'node:os'
import { startChild } from '../child.js'
import { commitOnce, hotClient, type HotClient } from '../curve/clients.js'
import { measureCosts } from '../curve/costs.js'
import { spread } from '../pairs.js'
import type { LedgerWay } from '../processes/guarded.js'
import { scene } from '../processes/scene.js'
import { short, type Row } from '../rows.js'
import { simulateHotKey, type Costs } from '../simulation/hot-key.js'

const ROUNDS = 4
/** How many clients write one key at once, and how often that is tried in a round: a few commits take no time. */
const TIMES: Readonly<Record<number, number>> = { 1: 20, 4: 8, 16: 3, 64: 1 }
const MOST = 64
const SATURATING = 16
const DELAY = 0
const JITTER = 0.2

interface Point {
  readonly measured: number
  readonly predicted: number
  readonly refusals: number
}

/** Commits per second on one key under claims: as measured, and as the simulation predicts them from other measurements. */
export async function contentionCurve(): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const way of ['claims, PostgreSQL', 'claims, Redis'] as const) rows.push(...(await curve(way)))
  return rows
}

async function curve(way: LedgerWay): Promise<readonly Row[]> {
  const place = await scene(way)
  const server = startChild('curve/server.ts', [way, place.name])
  const { origin } = await server.said<{ origin: string }>()
  const busy = async () => (await server.ask<{ busy: number }>('busy')).busy
  const clients = Array.from({ length: MOST }, () => hotClient(origin))
  const points = new Map<number, Point[]>(Object.keys(TIMES).map((count) => [Number(count), []]))
  const costs: Costs[] = []
  try {
    for (let round = -1; round < ROUNDS; round += 1) {
      const found = await measureCosts(clients.slice(0, SATURATING), busy)
      for (const [count, seen] of points) {
        const point = {
          ...(await measured(clients.slice(0, count), TIMES[count] ?? 1)),
          predicted: predicted(count, found),
        }
        // the first round warms up
        if (round >= 0) seen.push(point)
      }
      if (round >= 0) costs.push(found)
    }
  } finally {
    for (const client of clients) client.close()
    await server.close()
    await place.close()
  }
  return [...points].map(([count, seen]) => rowOf(way, count, seen, costs))
}

async function measured(clients: readonly HotClient[], times: number): Promise<Omit<Point, 'predicted'>> {
  let [ms, refusals] = [0, 0]
  for (let time = 0; time < times; time += 1) {
    const began = performance.now()
    const each = await Promise.all(clients.map((client) => commitOnce(client, '/articles/hot', DELAY)))
    ms += performance.now() - began
    refusals += each.reduce((sum, one) => sum + one, 0)
  }
  const commits = clients.length * times
  return { measured: commits / (ms / 1000), refusals: refusals / commits }
}

function predicted(clients: number, costs: Costs): number {
  const { commits, ms } = simulateHotKey({
    clients,
    workers: 1,
    cores: os.cpus().length,
    delay: DELAY,
    jitter: JITTER,
    seed: 1,
    costs,
  })
  return commits / (ms / 1000)
}

function rowOf(way: LedgerWay, count: number, seen: readonly Point[], costs: readonly Costs[]): Row {
  const of = (member: keyof Point) => spread(seen.map((point) => point[member])).median
  const names = Object.keys(costs[0] ?? {}) as (keyof Costs)[]
  const from = names
    .map((name) => `${name} ${short(spread(costs.map((one) => one[name])).median)}`)
    .join(', ')
  return {
    what: `one hot key, ${way}, ${count === 1 ? 'one client' : `${count} clients`}, predicted`,
    against: 'measured',
    of: 'commits per second until the last client has committed',
    goal: { within: [0.8, 1.2] },
    seen: spread(seen.map((point) => point.predicted / point.measured)),
    figures: `${short(of('predicted'))}/s against ${short(of('measured'))}/s, ${short(of('refusals'))} refusals a commit; from (ms) ${from}`,
  }
}

import type { Burst } from '../hot-key/burst.js'
import { bursts, stores, type Store } from '../hot-key/bursts.js'
import { plainLoops, updating } from '../hot-key/strategies.js'
import { quantile, spread } from '../pairs.js'
import { short, type Row } from '../rows.js'

const CLIENTS = 64
const ROUNDS = 6

/**
 * 64 clients read, change and write one resource over HTTP, all of them starting together: `update()` beside the plain
 * loops. All send by Node's own fetch, so what differs is the loop and what it makes of a 409.
 */
export async function hotKey(): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const store of stores) rows.push(...(await rowsOf(store)))
  return rows
}

async function rowsOf(store: Store): Promise<readonly Row[]> {
  const { update, ...loops } = await bursts(
    store,
    { ...plainLoops, update: updating() },
    { clients: CLIENTS, rounds: ROUNDS },
  )
  const [against, best] = Object.entries(loops).reduce((one, other) =>
    median(other[1].map(rate)) > median(one[1].map(rate)) ? other : one,
  )
  const row = (of: string, figure: (one: Burst) => number, unit: string, goal: Row['goal']): Row => ({
    what: `hot key, ${CLIENTS} clients, \`update()\`, ${store}`,
    against: `the best plain loop: ${against}`,
    of,
    goal,
    seen: spread(update.map((one, round) => figure(one) / figure(best[round]!))),
    // of one round over the round before
    control: spread(best.slice(1).map((one, round) => figure(one) / figure(best[round]!))),
    figures: `${short(median(update.map(figure)))} ${unit} against ${short(median(best.map(figure)))} ${unit}`,
  })
  return [
    row('commits per second, until the last', rate, '/s', { atLeast: 1.5 }),
    row('p99', p99, 'ms', { atMost: 0.5 }),
    row('tries of the unluckiest', unluckiest, 'tries', { none: true }),
    {
      what: `hot key, ${CLIENTS} clients, \`update()\`, ${store}`,
      against: '',
      of: 'clients that finished and were counted, the fewest of all rounds',
      goal: { atLeast: CLIENTS },
      seen: spread([Math.min(...update.map(({ ended, counted }) => Math.min(ended.length, counted)))]),
      figures: `the last after ${short(Math.max(...update.map(({ took }) => took)))} ms at most`,
    },
  ]
}

const rate = ({ ended, took }: Burst): number => ended.length / (took / 1000)

const p99 = ({ ended }: Burst): number =>
  quantile(
    ended.map(({ ms }) => ms),
    0.99,
  )

const unluckiest = ({ ended }: Burst): number => Math.max(...ended.map(({ tries }) => tries))

const median = (figures: readonly number[]): number => spread(figures).median

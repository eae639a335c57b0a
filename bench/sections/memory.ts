import { startChild } from '../child.js'
import { KEYS, type Filling, type Weighed } from '../heap/filling.js'
import { spread } from '../pairs.js'
import { short, type Row } from '../rows.js'

/** Bytes hardly differ from one run to the next; each takes seconds. */
const ROUNDS = 2

/** What a million keys take, each in a process of its own, so that nothing else is weighed. */
export async function memory(): Promise<readonly Row[]> {
  const seen: Readonly<Record<Filling, number[]>> = { map: [], ledger: [], 'ledger, full': [] }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [filling, figures] of Object.entries(seen)) figures.push(await weigh(filling as Filling))
  }
  const map = spread(seen.map)
  const row = (what: string, figures: readonly number[], goal: Row['goal']): Row => ({
    what,
    against: `a \`Map<string, number>\` of the same ${KEYS.toLocaleString('en')} keys`,
    of: 'memory in use (heap and array buffers)',
    goal,
    seen: spread(figures.map((figure) => figure / map.median)),
    control: spread(seen.map.map((figure) => figure / map.median)),
    figures: `${short(spread(figures).median)} bytes a key against ${short(map.median)}`,
  })
  return [
    row('memory ledger, each key written once', seen.ledger, { atMost: 2 }),
    row('memory ledger, after half as many again took the place of the oldest', seen['ledger, full'], {
      none: true,
    }),
  ]
}

async function weigh(filling: Filling): Promise<number> {
  const child = startChild('heap/child.ts', [filling], ['--expose-gc'])
  const { perKey } = await child.said<Weighed>()
  await child.close()
  return perKey
}

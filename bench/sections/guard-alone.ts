import { startChild } from '../child.js'
import type { Asked } from '../in-process/guard-alone.js'
import { spread } from '../pairs.js'
import { short, type Row } from '../rows.js'

const ROUNDS = 15

/** What the guard itself takes of a write, without a network and without Express. */
export async function guardAlone(): Promise<readonly Row[]> {
  const writes = startChild('in-process/guard-alone.ts')
  await writes.said()
  const ask = async (side: Asked['side'], of: Asked['of']): Promise<number> => {
    return (await writes.ask<{ figure: number }>({ side, of } satisfies Asked)).figure
  }
  const row = async (of: Asked['of'], unit: string, goal: number): Promise<Row> => {
    const [more, noise, guards]: [number[], number[], number[]] = [[], [], []]
    for (let round = 0; round < ROUNDS; round++) {
      const before = await ask('empty', of)
      const guard = await ask('guard', of)
      const after = await ask('empty', of)
      guards.push(guard)
      more.push(guard - (before + after) / 2)
      noise.push(after - before)
    }
    return {
      what: 'the guard alone, in process, no I/O',
      against: 'an empty middleware',
      of: `${unit} more per write`,
      goal: { atMost: goal },
      seen: spread(more),
      control: spread(noise),
      figures: `${short(spread(guards).median)} ${unit} with the request and the answer themselves`,
    }
  }
  try {
    return [await row('cpu', 'µs of CPU', 5), await row('garbage', 'bytes of garbage', 2048)]
  } finally {
    await writes.close()
  }
}

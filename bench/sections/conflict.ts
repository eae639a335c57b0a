import { measured } from '../http/cpu.js'
import { puts, stalePuts } from '../http/scripts.js'
import { compare } from '../pairs.js'
import { short, type Row } from '../rows.js'

const LOAD = { connections: 16, count: 3000, warmUp: 15_000 }

/** A write that is refused, and one that is not. */
export async function conflict(): Promise<readonly Row[]> {
  const written = await measured('guard', { ...LOAD, script: puts(), turns: 2 })
  const refused = await measured('guard', { ...LOAD, script: stalePuts() })
  try {
    const { baseline, control, sides } = await compare(written.cpu, { refused: refused.cpu }, 15)
    return [
      {
        what: '409 of a stale PUT, memory ledger',
        against: 'the 200 of the same route',
        of: 'CPU',
        goal: { atMost: 1 },
        seen: sides.refused.ratio,
        control,
        figures: `${short(sides.refused.side.median)} µs against ${short(baseline.median)} µs`,
      },
    ]
  } finally {
    await Promise.all([written.close(), refused.close()])
  }
}

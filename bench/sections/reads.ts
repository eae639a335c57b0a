import type { AppName } from '../http/apps.js'
import { measured, type Measured } from '../http/cpu.js'
import { gets } from '../http/scripts.js'
import { compare } from '../pairs.js'
import { short, type Goal, type Row } from '../rows.js'

const ROUNDS = 11

interface Reads {
  readonly what: string
  readonly against: string
  readonly app: AppName
  readonly bytes: number
  readonly conditional: boolean
  readonly of: 'rate' | 'cpu'
  readonly count: number
  readonly goal: Goal
}

const NOT_MODIFIED = { app: 'skip', conditional: true, of: 'rate' } as const
const OWN = 'Express’s own 304 of the same handler'

const READS: readonly Reads[] = [
  {
    ...NOT_MODIFIED,
    what: '304 by `read({ skip: true })`, 1 KB',
    against: OWN,
    bytes: 1024,
    count: 2000,
    goal: { atLeast: 1.5 },
  },
  {
    ...NOT_MODIFIED,
    what: '304 by `read({ skip: true })`, 100 KB',
    against: OWN,
    bytes: 102_400,
    count: 400,
    goal: { atLeast: 5 },
  },
  {
    what: 'GET by plain `read()`, 1 KB',
    against: 'Express’s own ETag on the same handler',
    app: 'guard',
    bytes: 1024,
    conditional: false,
    of: 'cpu',
    count: 1500,
    goal: { atMost: 1.02 },
  },
  {
    what: 'GET by plain `read()`, 100 KB',
    against: 'Express’s own ETag on the same handler',
    app: 'guard',
    bytes: 102_400,
    conditional: false,
    of: 'cpu',
    count: 300,
    goal: { atMost: 1.02 },
  },
]

/** Reads: those that are answered without their handler, and those that are tagged. */
export async function reads(): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const read of READS) rows.push(await rowOf(read))
  return rows
}

async function rowOf({ what, against, app, bytes, conditional, of, count, goal }: Reads): Promise<Row> {
  const start = (name: AppName): Promise<Measured> =>
    measured(name, { connections: 8, count, warmUp: 4 * count, script: gets(bytes, conditional) })
  const bare = await start('bare')
  const guarded = await start(app)
  try {
    const { baseline, control, sides } = await compare(bare[of], { guarded: guarded[of] }, ROUNDS)
    const unit = of === 'rate' ? 'requests a second' : 'µs'
    return {
      what,
      against,
      of: of === 'rate' ? 'requests per second' : 'CPU',
      goal,
      seen: sides.guarded.ratio,
      control,
      figures: `${short(sides.guarded.side.median)} against ${short(baseline.median)} ${unit}`,
    }
  } finally {
    await Promise.all([bare.close(), guarded.close()])
  }
}

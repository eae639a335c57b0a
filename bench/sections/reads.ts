import type { AppName } from '../http/apps.js'
import { measured, type Measured } from '../http/cpu.js'
import { gets } from '../http/scripts.js'
import { compare } from '../pairs.js'
import { short, type Goal, type Row } from '../rows.js'

const ROUNDS = 9

interface Reads {
  readonly what: string
  readonly against: string
  readonly app: AppName
  readonly bytes: number
  readonly conditional: boolean
  readonly of: 'rate' | 'cpu'
  readonly count: number
  readonly warmUp: number
  readonly goal: Goal
}

const SMALL = { bytes: 1024, count: 4000, warmUp: 20_000 } as const
const LARGE = { bytes: 102_400, count: 1000, warmUp: 5000 } as const
const NOT_MODIFIED = {
  conditional: true,
  of: 'rate',
  against: 'Express’s own 304 of the same handler',
} as const
const TAGGED = { conditional: false, of: 'cpu', against: 'Express’s own ETag on the same handler' } as const
const KNOWN = 'a hand-written middleware that knows the tag'

const READS: readonly Reads[] = [
  {
    ...NOT_MODIFIED,
    ...SMALL,
    what: '304 by `read({ skip: true })`, 1 KB',
    app: 'skip',
    goal: { atLeast: 1.5 },
  },
  { ...NOT_MODIFIED, ...SMALL, what: `304 by ${KNOWN}, 1 KB`, app: 'knownTags', goal: { none: true } },
  {
    ...NOT_MODIFIED,
    ...LARGE,
    what: '304 by `read({ skip: true })`, 100 KB',
    app: 'skip',
    goal: { atLeast: 5 },
  },
  { ...NOT_MODIFIED, ...LARGE, what: `304 by ${KNOWN}, 100 KB`, app: 'knownTags', goal: { none: true } },
  { ...TAGGED, ...SMALL, what: 'GET by plain `read()`, 1 KB', app: 'guard', goal: { atMost: 1.02 } },
  { ...TAGGED, ...SMALL, what: `GET by ${KNOWN}, 1 KB`, app: 'knownTags', goal: { none: true } },
  { ...TAGGED, ...LARGE, what: 'GET by plain `read()`, 100 KB', app: 'guard', goal: { atMost: 1.02 } },
  { ...TAGGED, ...LARGE, what: `GET by ${KNOWN}, 100 KB`, app: 'knownTags', goal: { none: true } },
]

/** Reads: those that are answered without their handler, and those that are tagged; each beside the least that it could take. */
export async function reads(): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const read of READS) rows.push(await rowOf(read))
  return rows
}

async function rowOf({
  what,
  against,
  app,
  bytes,
  conditional,
  of,
  count,
  warmUp,
  goal,
}: Reads): Promise<Row> {
  const start = (name: AppName, turns = 1): Promise<Measured> =>
    measured(name, { connections: 8, count, warmUp, script: gets(bytes, conditional), turns })
  const bare = await start('bare', 2)
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

import { randomUUID } from 'node:crypto'
import type { AppName } from '../http/apps.js'
import { measured, type Measured } from '../http/cpu.js'
import { puts } from '../http/scripts.js'
import { compare } from '../pairs.js'
import { short, type Row } from '../rows.js'

const ROUNDS = 15
const COUNT = 2000
const WARM_UP = 12_000
const CONNECTIONS = 16

const OTHERS = [
  'cors',
  'helmet',
  'express-rate-limit',
  'express-idempotency',
  '@node-idempotency/core',
] as const
/** What else may count the versions, by what the rows call it. */
const WAYS = {
  table: 'a table in memory, `write.update`',
  current: '`current`, rows in memory, `wrap`',
} as const
const NAMES = ['guard', 'wrap', 'tree', 'table', 'current', 'countedTags', ...OTHERS] as const

/** A PUT of 1 KB of JSON: with one middleware each, and with none. */
export async function guardedPut(): Promise<readonly Row[]> {
  const script = puts(1024, () => ({ 'idempotency-key': randomUUID() }))
  const start = (name: AppName, turns = 1) =>
    measured(name, { connections: CONNECTIONS, count: COUNT, warmUp: WARM_UP, script, turns })
  const bare = await start('bare', 2)
  const sides: [name: (typeof NAMES)[number], side: Measured][] = []
  // one after the other: there are more of them than cores
  for (const name of NAMES) sides.push([name, await start(name)])
  try {
    const {
      baseline,
      control,
      sides: seen,
    } = await compare(
      bare.cpu,
      Object.fromEntries(sides.map(([name, { cpu }]) => [name, cpu])) as Record<
        (typeof NAMES)[number],
        Measured['cpu']
      >,
      ROUNDS,
    )
    const figures = (cpu: number) => `${short(cpu)} µs against ${short(baseline.median)} µs`
    const ours = NAMES.slice(0, 3).map((name): Row => ({
      what: `guarded PUT, memory ledger, \`${name}\``,
      against: 'the same app without it',
      of: 'CPU',
      goal: { atMost: 1 },
      seen: seen[name].ratio,
      control,
      figures: figures(seen[name].side.median),
    }))
    const ways = (['table', 'current'] as const).map((name): Row => ({
      what: `guarded PUT, ${WAYS[name]}`,
      against: 'the same app without it',
      of: 'CPU',
      goal: { none: true },
      seen: seen[name].ratio,
      control,
      figures: figures(seen[name].side.median),
    }))
    const theirs = OTHERS.map((name): Row => ({
      what: `\`${name}\` alone, on the same app`,
      against: 'the same app without it',
      of: 'CPU; the guard must be cheaper',
      goal: { atLeast: seen.guard.ratio.median },
      seen: seen[name].ratio,
      control,
      figures: figures(seen[name].side.median),
    }))
    const least: Row = {
      what: 'a hand-written entity tag, without a guard, that spares Express its hash',
      against: 'the same app without it',
      of: 'CPU',
      goal: { none: true },
      seen: seen.countedTags.ratio,
      control,
      figures: figures(seen.countedTags.side.median),
    }
    return [...ours, ...ways, least, ...theirs]
  } finally {
    await Promise.all([bare, ...sides.map(([, side]) => side)].map((side) => side.close()))
  }
}

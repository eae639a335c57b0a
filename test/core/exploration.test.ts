import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { explore, type Exploration } from './exploration/explore.js'
import { MUTANTS } from './exploration/mutants.js'
import { RULES } from './exploration/rules.js'
import { OUTSIDE, WITHIN, deeper } from './exploration/scenarios.js'
import type { Scenario } from './exploration/world.js'

/*
 * Every interleaving of three clients with the claim protocol of src/core/machine.ts. What the words of a trace
 * mean, and what is assumed, stands in docs/protocol.md; its numbers and traces are those that are found here.
 * EXPLORE=deep goes further, and takes minutes.
 */

const DEEP = process.env.EXPLORE === 'deep'
const TIMEOUT = DEEP ? 3_600_000 : 180_000

const docs = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')
const report: string[] = []

afterAll(() => {
  console.log(report.join('\n'))
})

function row(...cells: (string | number)[]): string {
  const line = `| ${cells.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en-US') : cell)).join(' | ')} |`
  report.push(line)
  return line
}

function run(scenario: Scenario): Exploration {
  const found = explore(DEEP ? deeper(scenario) : scenario, RULES)
  const promises = [...found.broken.keys()].sort()
  const line = row(scenario.name, found.states, found.transitions, promises.join('; ') || 'nothing')
  const traces = [...found.broken].map(([promise, steps]) => `${promise}:\n${steps.join('\n')}`)
  expect(promises, traces.join('\n\n')).toEqual([...scenario.breaks].sort())
  if (DEEP) return found
  expect(docs, 'a row of docs/protocol.md is not what was found').toContain(line)
  const shown = found.broken.get(scenario.shown ?? '')
  if (shown !== undefined) expect(docs, 'a trace of docs/protocol.md').toContain(shown.join('\n'))
  return found
}

describe('within the assumptions, no interleaving breaks a promise', () => {
  for (const scenario of WITHIN) it(scenario.name, () => void run(scenario), TIMEOUT)
})

describe('outside the assumptions, exactly what is named breaks', () => {
  for (const scenario of OUTSIDE.filter(() => !DEEP)) it(scenario.name, () => void run(scenario), TIMEOUT)

  it('no claimant that was overtaken, or stood in the way, is told of a success', () => {
    const living = OUTSIDE.filter(({ livingExpire }) => livingExpire)
    expect(living).toHaveLength(3)
    for (const { breaks } of living) expect(breaks).not.toContain('detection')
  })
})

describe('the exploration finds each rule that is broken', () => {
  const scenarios = new Map([...WITHIN, ...OUTSIDE].map((scenario) => [scenario.name, scenario]))

  for (const { name, rules, scenario, breaks } of MUTANTS) {
    it(
      name,
      () => {
        const around = scenarios.get(scenario)!
        const steps = explore(around, { ...RULES, ...rules }, breaks).broken.get(breaks)
        const line = row(name, breaks, steps?.length ?? 'not found', scenario)
        expect(around.breaks, 'the rules break it by themselves').not.toContain(breaks)
        expect(steps).toBeDefined()
        expect(docs, 'a row of docs/protocol.md is not what was found').toContain(line)
      },
      TIMEOUT,
    )
  }
})

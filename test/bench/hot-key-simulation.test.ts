import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { simulateHotKey, type Costs, type Scenario } from '../../bench/simulation/hot-key.js'

const costs: Costs = {
  client: 0.1,
  request: 0.2,
  wire: 0.3,
  step: 0.1,
  store: 0.15,
  trip: 0.5,
  change: 0.8,
  handler: 5,
  read: 0.05,
}
const run = (changed: Partial<Scenario> = {}) =>
  simulateHotKey({ clients: 16, workers: 1, cores: 2, delay: 0, jitter: 0, seed: 1, costs, ...changed })

const ms = fc.double({ min: 0, max: 10, noNaN: true })
const anyCosts = fc
  .record({
    client: ms,
    request: ms,
    wire: ms,
    step: ms,
    store: ms,
    trip: ms,
    more: ms,
    handler: ms,
    read: ms,
  })
  .map(({ more, ...others }) => ({ ...others, change: others.trip + more }))
const anyScenario = fc.record({
  clients: fc.integer({ min: 1, max: 24 }),
  workers: fc.integer({ min: 1, max: 4 }),
  cores: fc.integer({ min: 1, max: 4 }),
  delay: ms,
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  seed: fc.integer(),
  costs: anyCosts,
})

describe('the simulation of a hot key', () => {
  it('gives one client what its requests take', () => {
    const { client, request, wire, step, store, trip, change, handler, read } = costs
    const { ms, ...counted } = run({ clients: 1 })
    // a look, a claim and a settlement
    expect(ms).toBeCloseTo(
      2 * (client + request + wire) + 3 * (step + store) + trip + 2 * change + read + handler,
      9,
    )
    expect(counted).toEqual({ commits: 1, refusals: 0, reads: 1 })
  })

  it('is the same for the same seed, and another for another', () => {
    const jitter = 0.3
    expect(run({ jitter, seed: 7 })).toEqual(run({ jitter, seed: 7 }))
    expect(run({ jitter, seed: 8 }).ms).not.toBe(run({ jitter, seed: 7 }).ms)
  })

  it('commits once for each client, and reads before each try', () => {
    fc.assert(
      fc.property(anyScenario, (scenario) => {
        const { commits, reads, refusals } = simulateHotKey(scenario)
        expect(commits).toBe(scenario.clients)
        expect(reads).toBe(commits + refusals)
      }),
    )
  })

  it('takes no less than the handlers, one after the other, whoever waits for what', () => {
    fc.assert(
      fc.property(anyScenario, (scenario) => {
        const { clients, jitter } = scenario
        const { handler, change, step, store } = scenario.costs
        const one = (1 - jitter) * (handler + 2 * change) + 2 * (step + store)
        expect(simulateHotKey(scenario).ms).toBeGreaterThanOrEqual(clients * one - 1e-6)
      }),
    )
  })

  it('takes no less than the work, shared among the workers', () => {
    fc.assert(
      fc.property(anyScenario, (scenario) => {
        const { request, step, read } = scenario.costs
        const { reads, refusals, commits, ms } = simulateHotKey(scenario)
        const work =
          reads * (request + step + read) + refusals * (request + step) + commits * (request + 2 * step)
        expect(ms * scenario.workers).toBeGreaterThanOrEqual(work - 1e-6)
      }),
    )
  })

  it('takes no less than all the work, shared among the cores', () => {
    fc.assert(
      fc.property(anyScenario, (scenario) => {
        const { client, request, step, store, read } = scenario.costs
        const { reads, refusals, commits, ms } = simulateHotKey(scenario)
        const requests = reads + refusals + commits
        const steps = reads + refusals + 2 * commits
        const work = requests * (client + request) + steps * (step + store) + reads * read
        expect(ms * scenario.cores).toBeGreaterThanOrEqual(work - 1e-6)
      }),
    )
  })

  it('refuses every other client once for each commit, when they ask again at once', () => {
    expect(run({ clients: 64 }).refusals).toBe((64 * 63) / 2)
  })

  it('is not slower with more workers', () => {
    const took = [1, 2, 4, 8].map((workers) => run({ clients: 32, workers, cores: 16 }).ms)
    expect(took).toEqual([...took].sort((one, other) => other - one))
    expect(took[3]).toBeLessThan(took[0] ?? 0)
  })

  it('is slower where the clients, the workers and the store share one core', () => {
    expect(run({ cores: 1 }).ms).toBeGreaterThan(run({ cores: 3 }).ms)
  })

  it('is slower with each client, and more than in proportion: losers cost the winner time', () => {
    const [four, sixteen, sixtyFour] = [4, 16, 64].map((clients) => run({ clients }).ms) as [
      number,
      number,
      number,
    ]
    expect(sixteen).toBeGreaterThan(4 * four)
    expect(sixtyFour).toBeGreaterThan(4 * sixteen)
  })
})

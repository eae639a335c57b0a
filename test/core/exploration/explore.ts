import { claiming } from './claiming.js'
import { canonical } from './canonical.js'
import { outside } from './outsiders.js'
import { admits, brokenIn, finished } from './promises.js'
import { reading } from './reading.js'
import type { Rules } from './rules.js'
import { crash, running } from './running.js'
import { arrive, type Emit, type Turn } from './turn.js'
import { actionOf, attempt, initial, tokenOf, type Scenario, type World } from './world.js'

export interface Exploration {
  readonly scenario: Scenario
  readonly states: number
  readonly transitions: number
  /** each broken promise with one of the shortest ways there, a line a step */
  readonly broken: ReadonlyMap<string, readonly string[]>
}

/** Breadth first over every interleaving; where one promise is `wanted`, only until it is broken. */
export function explore(scenario: Scenario, rules: Rules, wanted?: string): Exploration {
  const first = initial(scenario)
  const ids = new Map<string, number>([[canonical(scenario, first), 0]])
  const parents = [-1]
  const events = ['']
  const broken = new Map<string, readonly string[]>()
  let frontier: [number, World][] = [[0, first]]
  let transitions = 0

  const trace = (from: number, last: string): string[] => {
    const lines = [last]
    for (let at = from; at > 0; at = parents[at]!) lines.unshift(events[at]!)
    return lines
  }
  const found = (promise: string, from: number, last: string): void => {
    if (!broken.has(promise)) broken.set(promise, trace(from, last))
  }

  while (frontier.length > 0 && (wanted === undefined || !broken.has(wanted))) {
    const next: [number, World][] = []
    for (const [id, world] of frontier) {
      let possible = 0
      successors(scenario, rules, world, (client, event, after, promise) => {
        possible++
        transitions++
        const line = `${'ABC'.charAt(client)} ${event}`
        if (promise !== undefined) found(promise, id, line)
        const key = canonical(scenario, after)
        if (ids.has(key)) return
        const state = brokenIn(scenario, after)
        if (state !== undefined) found(state, id, line)
        ids.set(key, ids.size)
        parents.push(id)
        events.push(line)
        next.push([ids.size - 1, after])
      })
      const stuck = possible === 0 && !finished(scenario, world)
      if (stuck || !admits(world, rules)) found('liveness', id, '(and nobody can do anything any more)')
    }
    frontier = next
  }
  return { scenario, states: ids.size, transitions, broken }
}

function successors(scenario: Scenario, rules: Rules, world: World, emit: Emit): void {
  arrive(world, rules, emit)
  for (let me = 0; me < world.clients.length; me++) {
    const client = world.clients[me]!
    const action = actionOf(scenario, me, client.op)
    if (action === undefined) continue
    const id = attempt(me, client.op)
    const turn: Turn = { scenario, rules, world, me, client, id, token: tokenOf(id), emit }
    switch (action) {
      case 'read':
      case 'reread':
        reading(turn)
        break
      case 'touch':
      case 'meddle':
      case 'sneak':
      case 'post':
      case 'restore':
        outside(turn)
        break
      default:
        if (CLAIMING.has(client.step)) claiming(turn)
        else running(turn)
    }
    if (scenario.crashes && action !== 'read' && action !== 'reread') crash(turn)
  }
}

const CLAIMING: ReadonlySet<string> = new Set(['start', 'met', 'claim', 'look again'])

import type { Swap } from '../../../src/core/ledger.js'
import type { LedgerRecord } from '../../../src/core/record.js'
import type { Rules } from './rules.js'
import { alive, ended, ownerOf, type Client, type Known, type Scenario, type World } from './world.js'

/** Takes one step that is possible; `broken` names the promise that the step itself breaks. */
export type Emit = (client: number, event: string, next: World, broken?: string) => void

/** One client in one state, about to take each of its possible steps. */
export interface Turn {
  readonly scenario: Scenario
  readonly rules: Rules
  readonly world: World
  readonly me: number
  readonly client: Client
  /** the attempt as a write is named by it, and as its claim is */
  readonly id: number
  readonly token: string
  readonly emit: Emit
}

/** Where a step leads: the client after it, and what it changes besides. */
export interface Next {
  readonly client: Client
  readonly say?: string
  readonly world?: Partial<World>
  readonly broken?: string | undefined
}

export function take(turn: Turn, world: World, event: string, next: Next): void {
  const clients = world.clients.slice()
  clients[turn.me] = next.client
  turn.emit(
    turn.me,
    next.say ? `${event}: ${next.say}` : event,
    { ...world, ...next.world, clients },
    next.broken,
  )
}

export function end(turn: Turn, known: Known | null = turn.client.known): Client {
  return ended(turn.scenario.programs[turn.me]!, turn.client, known)
}

/** The store's answer to a swap, or nothing where it was lost. */
export type Answer = { readonly swapped: boolean; readonly record: LedgerRecord } | 'lost'

/** One compare-and-swap, with everything that may become of it. */
export function swap(
  turn: Turn,
  from: LedgerRecord,
  to: LedgerRecord,
  event: string,
  then: (answer: Answer, world: World) => readonly Next[],
  data?: number,
): void {
  const { world, scenario, rules } = turn
  const asked: Swap = { from: rules.swapFrom(from), to: rules.swapTo(from, to) }
  const swapped = rules.matches(world.record, asked.from)
  const after = swapped ? made(world, asked, turn.me, data) : world
  const claimed = swapped && asked.from.token === null && asked.to.token === turn.token
  const fenced = !claimed || after.record.fence > world.record.fence
  for (const next of then({ swapped, record: after.record }, after))
    take(turn, after, swapped ? event : `${event}, too late`, fenced ? next : { ...next, broken: 'fence' })
  if (world.faults === 0) return
  const spent = { faults: world.faults - 1, calm: false }
  if (swapped) {
    for (const next of then('lost', after))
      take(turn, { ...after, ...spent }, `${event}, done, but the answer is lost`, next)
  }
  for (const next of then('lost', world)) {
    take(turn, { ...world, ...spent }, `${event}, the store fails`, next)
    if (scenario.lateSwaps && world.flight === null && data === undefined) {
      const flight = { ...asked, by: turn.me }
      take(turn, { ...world, ...spent, flight }, `${event}, given up, but still under way`, next)
    }
  }
}

/** A swap that was given up arrives at the store after all. */
export function arrive(world: World, rules: Rules, emit: Emit): void {
  if (world.flight === null) return
  const { by, ...asked } = world.flight
  const landed = rules.matches(world.record, asked.from) ? made(world, asked, by) : world
  emit(by, 'the swap that was still under way arrives', { ...landed, flight: null })
}

/** What a store does when the comparison holds. */
function made(world: World, { to }: Swap, by: number, data = world.data): World {
  const old = world.record
  const record: LedgerRecord = {
    count: to.count,
    existence: to.existence ?? old.existence,
    fence: old.fence + (to.raiseFence ? 1 : 0),
    claim:
      to.token === null ? null : { token: to.token, beat: to.beat, lease: to.lease, doubtful: to.doubtful },
    settled: to.settled === undefined ? old.settled : to.settled,
  }
  const clients = bereaved(world, record, by)
  return { ...world, record, data, clients, calm: world.calm && clients === world.clients }
}

/** Marks the holder of a claim that somebody else ends, or makes doubtful, while it still runs. */
function bereaved(world: World, record: LedgerRecord, by: number): readonly Client[] {
  const stood = world.record.claim
  if (stood === null) return world.clients
  if (record.claim?.token === stood.token && record.claim.doubtful === stood.doubtful) return world.clients
  const id = stood.token.charCodeAt(0)
  const { client } = ownerOf(id)
  if (client === by || !alive(world, id)) return world.clients
  return world.clients.map((each, at) => (at === client ? { ...each, lost: true } : each))
}

/**
 * May an observer take the claim that it saw for expired? Within the assumptions its holder has ended by then,
 * or has renewed since: then what the observer saw is old, and its swap has to fail.
 */
export function expirable(turn: Turn, seen: LedgerRecord): boolean {
  if (seen.claim === null) return false
  const id = seen.claim.token.charCodeAt(0)
  if (turn.scenario.livingExpire || !alive(turn.world, id)) return true
  const stored = turn.world.record.claim
  return stored?.token !== seen.claim.token || stored.beat !== seen.claim.beat
}

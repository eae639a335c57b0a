import type { LedgerRecord } from '../../../src/core/record.js'
import { attempt, ownerOf, type Client, type Scenario, type Step, type World } from './world.js'

/*
 * One text a state. Clients with the same program are put in order first, and their attempts renamed with them,
 * so that states which differ only in who is who are one. Where two clients look alike on their own, the order
 * may differ between such states: then they count twice, which costs time and hides nothing.
 */

const STEPS: readonly Step[] = [
  'start',
  'met by a reader',
  'read the version',
  'read the data',
  'met',
  'claim',
  'look again',
  'run',
  'wrote',
  'settle',
  'look before settling',
  'late work',
  'touch',
  'appear',
]
const STEP_CODES = new Map(STEPS.map((step, at) => [step, at]))
const OUTCOMES = [null, 'written', 'unwritten', 'unknown']
const EXISTENCE = ['unknown', 'present', 'deleted']
const ABSENT = 99

const character = String.fromCharCode

export function canonical(scenario: Scenario, world: World): string {
  const order = sorted(scenario, world)
  const renamed = (id: number): number => {
    if (id <= 0) return id + 1
    const { client, op } = ownerOf(id)
    return attempt(order.indexOf(client), op) + 1
  }
  let text = record(world.record, renamed)
  text += character(
    renamed(world.data),
    world.faults,
    world.won,
    (world.calm ? 1 : 0) + (world.buried ? 2 : 0),
  )
  for (const at of order) {
    const client = world.clients[at]!
    const { known, seen } = client
    text += alone(client)
    text += known === null ? character(ABSENT) : character(renamed(known.data))
    text += character(renamed(client.early))
    text += seen === null ? character(ABSENT) : record(seen, renamed)
  }
  const { flight } = world
  if (flight === null) return text
  const { from, to, by } = flight
  const name = (token: string | null | undefined): number =>
    token ? renamed(token.charCodeAt(0)) : token === null ? 0 : ABSENT
  return (
    text +
    character(order.indexOf(by), from.count, name(from.token), from.beat, to.count, name(to.token), to.beat) +
    character(to.doubtful ? 1 : 0, name(to.settled), EXISTENCE.indexOf(to.existence ?? '') + 1)
  )
}

/** Of a fence, only whether there was a claim at all makes a difference to any step. */
function record(
  { count, existence, fence, claim, settled }: LedgerRecord,
  renamed: (id: number) => number,
): string {
  return character(
    count,
    EXISTENCE.indexOf(existence) + (fence > 0 ? 4 : 0),
    settled === null ? 0 : renamed(settled.charCodeAt(0)),
    claim === null ? 0 : renamed(claim.token.charCodeAt(0)),
    claim === null ? 0 : claim.beat * 2 + (claim.doubtful ? 1 : 0),
  )
}

/** What can be said of a client without naming another. */
function alone({ op, step, known, outcome, wrote, lost, made }: Client): string {
  return character(
    op,
    STEP_CODES.get(step)!,
    OUTCOMES.indexOf(outcome) + (wrote ? 4 : 0) + (lost ? 8 : 0),
    known === null ? ABSENT : known.count,
    known === null ? 0 : (known.own ? 1 : 0) + (known.raced ? 2 : 0),
    made,
  )
}

function sorted({ programs }: Scenario, { clients }: World): number[] {
  const key = (at: number): string => alone(clients[at]!)
  const order = clients.map((_, at) => at)
  for (let from = 0; from < order.length; from++) {
    for (let at = from + 1; at < order.length; at++) {
      const alike = programs[order[from]!] === programs[order[at]!]
      if (alike && key(order[at]!) < key(order[from]!)) [order[from], order[at]] = [order[at]!, order[from]!]
    }
  }
  return order
}

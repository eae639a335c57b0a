import { eventsOf, lift, unlift, type Event } from './events.js'
import { isState, keyOf, moveOn, NOTHING, step, type Model, type State } from './model.js'
import type { Operation } from './operation.js'

/** The longest order of operations that the model allows, and what stands in the way of a longer one. */
export interface Stuck {
  readonly order: readonly Operation[]
  readonly state: State
  /** one of these must come next, and none can */
  readonly refuted: readonly { readonly operation: Operation; readonly why: string }[]
}

/** A state that was reached, and where one can go from there. */
interface Node {
  readonly state: State
  /** what has its place here and changes nothing: whatever comes later could come after it just as well */
  readonly pure: readonly Event[]
  /** what could change the state next; without an event, the version moves on by itself */
  readonly choices: Choice[]
  /** the one that was made, while it is made */
  chosen: Choice | undefined
  readonly refuted: Stuck['refuted']
}

interface Choice {
  readonly event: Event | undefined
  readonly next: State
}

/**
 * Whether the operations of one key can be put into an order in which each happens at one moment between its begin
 * and its end, as the model says: the search of Wing and Gong, with Lowe's memory of what was tried already. Undefined
 * where they can.
 */
export function search(model: Model, operations: readonly Operation[]): Stuck | undefined {
  const head = eventsOf(operations)
  const done = new Uint16Array(Math.ceil(operations.length / 16))
  const tried = new Set<string>()
  const path: Node[] = []
  let required = operations.filter(({ outcome }) => outcome.kind !== 'unknown').length
  let placed = 0
  let longest: Stuck = { order: [], state: NOTHING, refuted: [] }

  const flip = ({ index }: Event) => (done[index >> 4]! ^= 1 << (index & 15))
  const place = (event: Event): void => {
    lift(event)
    flip(event)
    placed++
    if (event.end !== undefined) required--
  }
  const takeBack = (event: Event): void => {
    unlift(event)
    flip(event)
    placed--
    if (event.end !== undefined) required++
  }
  const leave = ({ pure }: Node): void => {
    for (const event of [...pure].reverse()) takeBack(event)
  }
  const isNew = (state: State): boolean => {
    const name = String.fromCharCode(...done) + keyOf(state)
    if (tried.has(name)) return false
    tried.add(name)
    return true
  }

  const enter = (state: State): Node => {
    const pure: Event[] = []
    const choices: Choice[] = []
    const refuted: { operation: Operation; why: string }[] = []
    // what begins after the first end that is left cannot come before that end's own operation
    for (let last = head, event = last.after; event !== undefined && !event.isEnd; event = last.after) {
      const next = step(model, state, event.operation)
      if (next === state) {
        place(event)
        pure.push(event)
        continue
      }
      if (isState(next)) choices.push({ event, next })
      else refuted.push({ operation: event.operation, why: next.refuted })
      last = event
    }
    // who has to be there first is tried first, and last what may never have happened
    choices.sort((a, b) => endOf(a) - endOf(b))
    const moved = moveOn(model, state)
    if (moved !== undefined) choices.push({ event: undefined, next: moved })
    return { state, pure, choices, chosen: undefined, refuted }
  }

  const orderOf = (): Operation[] =>
    path.flatMap(({ pure, chosen }) => [...pure, chosen?.event].flatMap((event) => event?.operation ?? []))

  const visit = (state: State): void => {
    const node = enter(state)
    if (!isNew(state)) {
      leave(node)
      return
    }
    path.push(node)
    if (placed >= longest.order.length) longest = { order: orderOf(), state, refuted: node.refuted }
  }

  visit(NOTHING)
  for (let node = path.at(-1); required > 0; node = path.at(-1)) {
    if (node === undefined) return longest
    if (node.chosen?.event !== undefined) takeBack(node.chosen.event)
    node.chosen = node.choices.shift()
    if (node.chosen === undefined) {
      leave(node)
      path.pop()
      continue
    }
    if (node.chosen.event !== undefined) place(node.chosen.event)
    visit(node.chosen.next)
  }
  return undefined
}

/** Two that never end are equal: their difference would be none. */
function endOf({ event }: Choice): number {
  return Math.min(event?.operation.end ?? Infinity, Number.MAX_SAFE_INTEGER)
}

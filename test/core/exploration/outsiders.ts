import { end, swap, take, type Turn } from './turn.js'
import { actionOf, exists } from './world.js'

/** Writers that hold no claim: a job that touches the key, one that does not, a POST that creates it. */
export function outside(turn: Turn): void {
  const { world, client, scenario, me } = turn
  const action = actionOf(scenario, me, client.op)
  if (client.step === 'appear') {
    appearing(turn)
    return
  }
  if (client.step === 'touch' || action === 'touch') {
    touching(turn)
    return
  }
  if (action === 'restore') {
    const world = { ...turn.world, record: scenario.start.record, calm: false }
    take(turn, world, 'restores the ledger from a copy', { client: end(turn) })
    return
  }
  if (action === 'post' && exists(scenario, world.data)) {
    take(turn, world, 'finds the name taken', { client: end(turn), say: '4xx' })
    return
  }
  const then =
    action === 'sneak' ? end(turn) : ({ ...client, step: action === 'post' ? 'appear' : 'touch' } as const)
  take(turn, { ...world, data: turn.id, calm: false }, 'writes past the claims', { client: then })
}

/** `touch` has data and version in one transaction; `meddle` wrote already. */
function touching(turn: Turn): void {
  const { world, rules, scenario, me, client } = turn
  const atOnce = actionOf(scenario, me, client.op) === 'touch'
  const seen = client.seen ?? world.record
  const event = atOnce ? 'writes past the claims, and moves the version' : 'moves the version'
  swap(
    turn,
    seen,
    rules.move(seen),
    event,
    (answer, after) => {
      const done = answer !== 'lost' && answer.swapped
      const again = { ...client, step: 'touch', seen: after.record } as const
      return [{ client: done ? end(turn) : again, world: { calm: false } }]
    },
    atOnce ? turn.id : undefined,
  )
}

/** The 201 carries a tag only where its own swap wins; else the version moves on, for what is there is anyone's. */
function appearing(turn: Turn): void {
  const { world, rules, client } = turn
  const seen = world.record
  const to = rules.appear(seen)
  if (to === undefined) {
    take(turn, world, 'finds that the key has a history', { client: { ...client, step: 'touch', seen } })
    return
  }
  swap(turn, seen, to, 'gives the key a version', (answer) => {
    if (answer === 'lost') return [{ client: end(turn), say: '201 without a tag' }]
    const { count } = answer.record
    const known = { count, data: turn.id, own: true, raced: false }
    return [{ client: end(turn, known), say: `201, tag ${count}` }]
  })
}

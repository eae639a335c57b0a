import type { Expectation, Verdict } from '../../../src/core/expectation.js'
import type { LedgerRecord } from '../../../src/core/record.js'
import { howLong } from './promises.js'
import { end, expirable, swap, take, type Next, type Turn } from './turn.js'
import { actionOf, exists, namesVersion, type Client } from './world.js'

/** ms; its length is never measured, since a lease runs out whenever it may */
const LEASE = 30_000

/** From the request to the right to run the handler, or to a refusal. */
export function claiming(turn: Turn): void {
  const { world, client, rules } = turn
  switch (client.step) {
    case 'start': {
      const known = expectedCount(turn)
      if (known === undefined || !rules.judgesClientsVersion) look(turn, 'looks')
      else swapToClaim(turn, rules.presumed(known))
      return
    }
    case 'claim':
      swapToClaim(turn, client.seen!)
      return
    case 'look again':
      look(turn, 'looks again')
      take(turn, world, 'gives up: the store is down', { client: end(turn), say: '503' })
      return
    default:
      meeting(turn)
  }
}

/** Another claim stands: wait for it to end, end it when its lease is over, or be refused. */
function meeting(turn: Turn): void {
  const { world, client, rules } = turn
  const seen = client.seen!
  take(turn, world, 'waits no longer', { client: end(turn), say: '409 write-in-progress' })
  if (changed(seen, world.record)) look(turn, 'has waited', !rules.rejudgesAfterWaiting)
  if (expirable(turn, seen))
    swap(turn, seen, rules.expire(seen), 'ends the expired claim', (answer, after) =>
      answer === 'lost' ? lookAgain(turn) : [judged({ ...turn, world: after }, answer.record)],
    )
}

function look(turn: Turn, event: string, passed = false): void {
  const { world } = turn
  take(turn, world, event, judged(turn, world.record, passed))
  if (world.faults > 0)
    take(turn, { ...world, faults: world.faults - 1, calm: false }, `${event}, the store fails`, {
      client: end(turn),
      say: '503',
    })
}

function swapToClaim(turn: Turn, from: LedgerRecord): void {
  const to = turn.rules.claim(from, turn.token, LEASE)
  if (to === undefined) throw new Error('a claim was judged to be possible')
  swap(turn, from, to, `claims version ${from.count}`, (answer, after) => {
    if (answer === 'lost') return lookAgain(turn)
    return [(answer.swapped ? held : judged)({ ...turn, world: after }, answer.record)]
  })
}

function lookAgain(turn: Turn): Next[] {
  return [{ client: { ...turn.client, step: 'look again', seen: null } }]
}

/** What a record in hand means for the attempt. A version only grows: what is stale under a claim stays stale. */
function judged(turn: Turn, record: LedgerRecord, passed = false): Next {
  const { client, rules, token, world, scenario } = turn
  if (rules.recognisesLostClaim && record.claim?.token === token) return held(turn, record)
  const next = rules.claim(record, token, LEASE)
  const verdict = verdictOn(turn, record)
  const final = !verdict.pass && verdict.code === 'version-conflict' && verdict.reason !== 'gone'
  if (next === undefined && !final)
    return { client: { ...client, step: 'met', seen: record }, say: 'a claim stands' }
  if (verdict.pass || passed) return { client: { ...client, step: 'claim', seen: record } }
  if (!rules.refusesBeforeHandler) return { client: { ...client, step: 'run', seen: record } }
  const { known } = client
  const current = known?.data === world.data && !known.raced && exists(scenario, world.data)
  const groundless = world.calm && current && verdict.code === 'version-conflict'
  const leaked = record.claim?.token === token
  return { client: end(turn), say: verdict.code, broken: leaked ? 'liveness' : groundless ? 'P3' : undefined }
}

/** The claim is ours; one that did not read first, or whose answer was lost, learns only now on what. */
function held(turn: Turn, record: LedgerRecord): Next {
  const { client, rules, scenario, world } = turn
  const mine: Client = { ...client, seen: record, step: 'run' }
  const verdict = verdictOn(turn, record)
  if (rules.judgesAfterClaim && !verdict.pass)
    return { client: { ...mine, step: 'settle', outcome: 'unwritten' }, say: `but ${verdict.code}` }
  if (expectedCount(turn) === undefined) return { client: mine }
  const { data } = world
  const missing = exists(scenario, data) ? undefined : 'RFC 9110 §13.1.1'
  return { client: mine, broken: data === client.known?.data ? missing : `P2${howLong(scenario, world)}` }
}

function verdictOn(turn: Turn, { count, existence }: LedgerRecord): Verdict {
  return turn.rules.judge(expectation(turn, count), { version: String(count), existence })
}

function expectedCount({ scenario, me, client }: Turn): number | undefined {
  return namesVersion(actionOf(scenario, me, client.op)) ? client.known?.count : undefined
}

function expectation(turn: Turn, current: number): Expectation {
  const count = expectedCount(turn)
  if (count !== undefined) {
    const named = turn.rules.judgesClientsVersion ? count : current
    return { kind: 'one-of', versions: [String(named)], weak: false, source: 'if-match' }
  }
  const creates = actionOf(turn.scenario, turn.me, turn.client.op) === 'create'
  return creates ? { kind: 'absent', source: 'if-none-match' } : { kind: 'unconditional' }
}

function changed(seen: LedgerRecord, now: LedgerRecord): boolean {
  return (
    seen.count !== now.count || seen.claim?.token !== now.claim?.token || seen.claim?.beat !== now.claim?.beat
  )
}

/** Would a write at this moment replace data that the client has not read, though it named what it read? */
export function overUnread({ scenario, world, me, client }: Turn): boolean {
  const action = actionOf(scenario, me, client.op)
  if (namesVersion(action)) return world.data !== client.known?.data
  return action === 'create' && exists(scenario, world.data)
}

import type { Outcome, Settlement } from '../../../src/core/machine.js'
import type { LedgerRecord } from '../../../src/core/record.js'
import { overUnread } from './claiming.js'
import { end, swap, take, type Next, type Turn } from './turn.js'
import { actionOf, namesVersion, type Client } from './world.js'

/** From the claim to the answer: the handler writes at one moment, or does not, and the claim is settled. */
export function running(turn: Turn): void {
  const { world, client, scenario, rules } = turn
  switch (client.step) {
    case 'run':
      write(turn, 'wrote')
      if (scenario.lateWork) settling(turn, 'written', ', and goes on working')
      if (scenario.failures) {
        settling(turn, 'unwritten')
        settling(turn, 'unknown')
      }
      whileRunning(turn)
      return
    case 'wrote':
      if (!rules.settlesBeforeAnswer && client.known?.own !== true)
        take(turn, world, 'answers before it settles', {
          client: { ...client, known: mine(turn, client.seen!.count + 1) },
        })
      settling(turn, 'written')
      if (scenario.failures) settling(turn, 'unknown')
      if (scenario.lies || (!rules.refusesBeforeHandler && client.seen!.claim === null))
        settling(turn, 'unwritten')
      whileRunning(turn)
      return
    case 'settle':
      settling(turn, client.outcome!)
      return
    case 'look before settling':
      take(turn, world, 'looks before it settles again', {
        client: { ...client, step: 'settle', seen: world.record },
      })
      take(turn, { ...world, buried: buries(turn) }, 'gives up settling: the store is down', {
        client: end(turn),
        say: 'outcome-unknown',
      })
      return
    default:
      write(turn, 'late work')
  }
}

/** The process is gone: nothing more is written by it, and nobody has an answer. */
export function crash(turn: Turn): void {
  const { world, client } = turn
  if (client.step === 'start' || client.step === 'late work') return
  take(turn, { ...world, calm: false, buried: buries(turn) }, 'crashes', { client: end(turn) })
}

function buries({ world, client }: Turn): boolean {
  return world.buried || (client.lost && client.wrote)
}

function whileRunning(turn: Turn): void {
  const { client, rules, scenario } = turn
  const seen = client.seen!
  if ((seen.claim?.beat ?? scenario.renewals) < scenario.renewals) renewing(turn, seen)
  if (!rules.abortEndsNothing && seen.claim !== null) {
    const released = rules.settle(seen, turn.token, { kind: 'unwritten' }).record
    swap(turn, seen, released, 'releases: its client is gone', (answer) =>
      answer === 'lost' ? [] : [{ client: { ...client, seen: answer.record } }],
    )
  }
}

/** A renewal whose answer was lost is found out by the next swap; one that finds no claim leaves it to settle. */
function renewing(turn: Turn, seen: LedgerRecord): void {
  const to = turn.rules.renew(seen, turn.token)
  if (to === undefined) return
  swap(turn, seen, to, 'renews', (answer) => [
    { client: { ...turn.client, seen: answer === 'lost' ? to : answer.record } },
  ])
}

function write(turn: Turn, step: 'wrote' | 'late work'): void {
  const { world, client, id } = turn
  const broken = overUnread(turn) ? `P1${overSuccess(turn) ? ', over a success' : ''}` : undefined
  const next: Client = step === 'wrote' ? { ...client, step, wrote: true } : end(turn)
  take(turn, { ...world, data: id }, step === 'wrote' ? 'writes' : 'writes, after its answer', {
    client: next,
    broken,
  })
}

/** Was the write that is replaced answered with a success? */
function overSuccess({ world }: Turn): boolean {
  return world.clients.some(({ known }) => known?.own === true && known.data === world.data)
}

function settling(turn: Turn, kind: Outcome['kind'], how = ''): void {
  const { world, client, rules, scenario, me } = turn
  const action = actionOf(scenario, me, client.op)
  const existence = action === 'delete' || action === 'remove' ? 'deleted' : 'present'
  const outcome: Outcome = kind === 'written' ? { kind, existence } : { kind }
  const seen = client.seen!
  const { record, settlement } = rules.settle(seen, turn.token, outcome)
  const late = how !== ''
  if (record === seen) {
    for (const next of answered(turn, seen, kind, settlement, late))
      take(turn, world, `finds it settled${how}`, next)
    return
  }
  swap(turn, seen, record, `settles as ${kind}${how}`, (answer, after) => {
    if (answer === 'lost') {
      const made = after !== world && settlement === 'settled' ? after.record.count : client.made
      return [{ client: { ...client, step: 'look before settling', outcome: kind, seen: null, made } }]
    }
    if (!answer.swapped)
      return [{ client: { ...client, step: 'settle', outcome: kind, seen: answer.record } }]
    return answered(turn, answer.record, kind, settlement, late)
  })
}

/** What the client hears; where aborts are explored, also that it hears nothing. */
function answered(
  turn: Turn,
  record: LedgerRecord,
  kind: Outcome['kind'],
  settlement: Settlement,
  late: boolean,
): Next[] {
  const { world, client, scenario, rules, token } = turn
  const leaked = record.claim?.token === token ? 'liveness' : undefined
  if (kind === 'unwritten') return [{ client: end(turn), say: '4xx', broken: client.wrote ? 'P4' : leaked }]
  if (settlement === 'unknown' && (rules.heedsSettlement || kind === 'unknown')) {
    // its own version is still current, so that nothing about it is unknown
    const groundless = kind === 'written' && client.made === world.record.count
    const broken = groundless ? 'P3' : leaked
    return [{ client: end(turn), say: 'outcome-unknown', world: { calm: false }, broken }]
  }
  const known = mine(turn, record.count)
  const after = late ? ({ ...client, step: 'late work', seen: null, known } as const) : end(turn, known)
  const news = success(turn)
  const heard: Next = {
    client: after,
    say: `2xx, tag ${record.count}`,
    ...news,
    broken: news.broken ?? leaked,
  }
  return scenario.aborts && !late
    ? [heard, { ...heard, client: end(turn), say: 'nobody hears the 2xx' }]
    : [heard]
}

function mine(turn: Turn, count: number): { count: number; data: number; own: boolean; raced: boolean } {
  return { count, data: turn.id, own: true, raced: false }
}

/** Of the writes that name one version, one may succeed; and none that has lost its claim. */
function success({ world, client, scenario, me }: Turn): Pick<Next, 'world' | 'broken'> {
  if (!namesVersion(actionOf(scenario, me, client.op))) {
    return { broken: client.lost ? 'detection' : undefined }
  }
  const bit = 1 << client.known!.count
  const twice = (world.won & bit) !== 0
  return {
    world: { won: world.won | bit, calm: world.calm && client.wrote },
    broken: twice ? 'P1, two successes' : client.lost ? 'detection' : undefined,
  }
}

import type { LedgerRecord } from '../../../src/core/record.js'
import { end, expirable, swap, take, type Next, type Turn } from './turn.js'
import { INITIAL, actionOf, exists } from './world.js'

/** A GET: the version first, an expired claim moved on, then the data; or a 304 without any data. */
export function reading(turn: Turn): void {
  const { world, client, rules, scenario } = turn
  switch (client.step) {
    case 'start':
      if (!rules.versionBeforeData || scenario.replica) {
        const early = { ...client, step: 'read the version', early: world.data } as const
        take(turn, world, 'reads the data, before the version', { client: early })
      } else getVersion(turn)
      return
    case 'read the version':
      getVersion(turn)
      return
    case 'met by a reader':
      if (!expirable(turn, client.seen!)) return
      if (!rules.readersMoveExpired) {
        const free = { ...client.seen!, claim: null }
        take(turn, world, 'takes the expired claim for none', judged(turn, free))
        return
      }
      swap(turn, client.seen!, rules.expire(client.seen!), 'moves the expired claim on', (answer) =>
        answer === 'lost' ? [{ client: end(turn), say: '503' }] : met(turn, answer.record),
      )
      return
    default:
      getData(turn)
  }
}

function getVersion(turn: Turn): void {
  const { world } = turn
  for (const next of met(turn, world.record)) take(turn, world, `reads version ${world.record.count}`, next)
  if (turn.world.faults > 0)
    take(turn, { ...world, faults: world.faults - 1, calm: false }, 'reads, the store fails', {
      client: end(turn),
      say: '503',
    })
}

/** A claim that stands may be one that has expired, as far as the reader will find out; or it reads on. */
function met(turn: Turn, record: LedgerRecord): Next[] {
  const on = judged(turn, record)
  if (record.claim === null) return [on]
  return [on, { client: { ...turn.client, step: 'met by a reader', seen: record }, say: 'under a claim' }]
}

function judged(turn: Turn, record: LedgerRecord): Next {
  const { client, world, scenario, me } = turn
  const { known } = client
  const unchanged = record.claim === null && record.count === known?.count
  if (unchanged && actionOf(scenario, me, client.op) === 'reread')
    return { client: end(turn), say: '304', broken: world.data === known.data ? undefined : 'P2' }
  if (client.step === 'read the version') return tagged(turn, record, client.early)
  return { client: { ...client, step: 'read the data', seen: record } }
}

function getData(turn: Turn): void {
  take(turn, turn.world, 'reads the data', tagged(turn, turn.client.seen!, turn.world.data))
}

/** Only a 200 carries a tag: of what does not exist, the client knows nothing. */
function tagged(turn: Turn, seen: LedgerRecord, data: number): Next {
  const now = turn.world.record
  if (!exists(turn.scenario, data)) return { client: end(turn, null), say: '404' }
  const raced = now.count !== seen.count || seen.claim !== null || now.claim !== null
  return {
    client: { ...end(turn, { count: seen.count, data, own: false, raced }), early: INITIAL },
    say: `200, tag ${seen.count}`,
  }
}

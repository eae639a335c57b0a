import type { RefusedEvent, SettledEvent } from '../express/events.js'
import type { ExpressRequest } from '../express/express-types.js'
import { clientReader, UNKNOWN, type Client } from './clients.js'
import { namedTallies, type NamedTallies } from './named-tallies.js'
import type { ReportOptions } from './options.js'
import { recentWriters } from './recent-writers.js'
import type { Example, Rival } from './report-data.js'
import { shown } from './shown.js'
import { emptyTally, seeRefusal, type Tally } from './tally.js'

export interface FindingTally extends Tally {
  readonly examples: Example[]
}

/** All that has been counted so far. */
export interface Collected {
  readonly all: Tally
  readonly routes: NamedTallies<Tally>
  readonly clients: NamedTallies<Tally>
  /** by `[code, reason]` as JSON */
  readonly reasons: NamedTallies<Tally>
  /** by `[route, code, reason, client]` as JSON */
  readonly findings: NamedTallies<FindingTally>
}

export interface Collector {
  readonly collected: Collected
  readonly refused: (event: RefusedEvent) => void
  readonly settled: (event: SettledEvent) => void
}

/** One request, which several guards may report, each more than once. */
interface Counted {
  client: Client
  refused: boolean
  enforced: boolean
}

/** Codes and reasons are the library's own; so many are more than there are. */
const MOST_REASONS = 64
const MOST_EXPECTED = 3

export type Sizes = Required<Pick<ReportOptions, 'maxNames' | 'maxFindings' | 'maxExamples' | 'maxKeys'>>

export function collector(options: Pick<ReportOptions, 'who'>, sizes: Sizes, now: () => number): Collector {
  const clientOf = clientReader(options)
  const writers = recentWriters(sizes.maxKeys)
  const requests = new WeakMap<object, Counted>()
  const collected: Collected = {
    all: emptyTally(),
    routes: namedTallies(sizes.maxNames, emptyTally),
    clients: namedTallies(sizes.maxNames, emptyTally),
    reasons: namedTallies(MOST_REASONS, emptyTally),
    findings: namedTallies(sizes.maxFindings, () => ({ ...emptyTally(), examples: [] })),
  }

  /** each request is one write, however often it is reported */
  const count = (event: RefusedEvent | SettledEvent, route: string): Counted => {
    const request = event.request as ExpressRequest
    const known = requests.get(request)
    if (known !== undefined) {
      // authentication may stand behind the guard, and has run by now
      if (known.client.id === undefined) known.client = { ...known.client, id: clientOf(request).id }
      return known
    }
    const counted = { client: clientOf(request), refused: false, enforced: false }
    requests.set(request, counted)
    for (const tally of [
      collected.all,
      collected.routes.of(route),
      collected.clients.of(counted.client.name),
    ])
      tally.writes += 1
    return counted
  }

  const rivalOf = (event: RefusedEvent, { client }: Counted): Rival | undefined => {
    if (event.code !== 'version-conflict' || event.reason === 'weak-validator') return undefined
    return event.key === undefined ? 'unknown' : writers.rivalOf(event.key, expectedOf(event), client.id)
  }

  return {
    collected,
    refused(event) {
      // a read that named a version is no write
      if (event.method === 'GET' || event.method === 'HEAD') return
      const route = routeName(event)
      const counted = count(event, route)
      const rival = rivalOf(event, counted)
      const { code, reason, enforced } = event
      const { client } = counted
      const finding = collected.findings.of(JSON.stringify([route, code, reason ?? null, client.name]))
      const at = now()
      const ofRequest = [collected.all, collected.routes.of(route), collected.clients.of(client.name)]
      const ofReason = [collected.reasons.of(JSON.stringify([code, reason ?? null])), finding]
      for (const tally of [...ofRequest, ...ofReason]) {
        seeRefusal(tally, at)
        if (rival !== undefined) tally.rivals[rival] += 1
      }
      for (const tally of [...(counted.refused ? [] : ofRequest), ...ofReason]) tally.refused += 1
      if (enforced)
        for (const tally of [...(counted.enforced ? [] : ofRequest), ...ofReason]) tally.enforced += 1
      counted.refused = true
      counted.enforced ||= enforced
      keepExample(finding.examples, exampleOf(event, rival, at), sizes.maxExamples)
    },
    settled(event) {
      const { client } = count(event, routeName(event))
      if (event.outcome !== 'unwritten') writers.wrote(event.key, event.version, client.id)
    },
  }
}

function routeName({ method, route }: RefusedEvent | SettledEvent): string {
  return shown(`${method ?? ''} ${route ?? UNKNOWN}`)
}

function expectedOf({ expected = [] }: RefusedEvent): readonly string[] {
  return typeof expected === 'string' ? [expected] : expected
}

/** What a reader needs to find the request again, and no header and no body of it. */
function exampleOf(event: RefusedEvent, rival: Rival | undefined, at: number): Example {
  return {
    at: new Date(at).toISOString(),
    key: event.key === undefined ? undefined : shown(event.key),
    expected: expectedOf(event).slice(0, MOST_EXPECTED).map(shown),
    rival,
  }
}

function keepExample(examples: Example[], example: Example, most: number): void {
  examples.push(example)
  if (examples.length > most) examples.shift()
}

import type { ProblemCode } from '../core/problem.js'
import type { Collected } from './collector.js'
import type { NamedTallies } from './named-tallies.js'
import type { Part, Remainder, ReportData } from './report-data.js'
import { summaryOf } from './summary.js'
import { countsOf, seenOf, type Tally } from './tally.js'

/** What was collected, as plain data; `since`, `until`: ms since the epoch. */
export function reportOf(collected: Collected, since: number, until: number): ReportData {
  const { all, routes, clients, reasons, findings } = collected
  const data: Omit<ReportData, 'summary'> = {
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
    writes: all.writes,
    share: shareOf(all),
    ...countsOf(all),
    routes: routes.sorted().map(partOf),
    clients: clients.sorted().map(partOf),
    reasons: reasons.sorted().map(([name, tally]) => {
      const [code, reason] = JSON.parse(name) as [ProblemCode, string | null]
      return { code, reason: reason ?? undefined, ...countsOf(tally), ...seenOf(tally) }
    }),
    findings: findings.sorted().map(([name, tally]) => {
      const [route, code, reason, client] = JSON.parse(name) as [string, ProblemCode, string | null, string]
      const about = { route, code, reason: reason ?? undefined, client }
      return { ...about, ...countsOf(tally), ...seenOf(tally), examples: [...tally.examples] }
    }),
    others: {
      routes: remainderOf(routes),
      clients: remainderOf(clients),
      findings: remainderOf(findings),
    },
  }
  return { summary: summaryOf(data), ...data }
}

function partOf([name, tally]: [string, Tally]): Part {
  return { name, writes: tally.writes, share: shareOf(tally), ...countsOf(tally), ...seenOf(tally) }
}

function shareOf({ writes, refused }: Tally): number {
  return writes === 0 ? 0 : refused / writes
}

function remainderOf<T extends Tally>({ others, dropped }: NamedTallies<T>): Remainder {
  return { dropped, writes: others.writes, ...countsOf(others) }
}

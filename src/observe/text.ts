import type { Finding, Part, Rivals, ReportData } from './report-data.js'
import { number, percent, summaryOf } from './summary.js'

const MOST_LINES = 25
const HEAD = [
  'refused',
  'of route',
  'route',
  'reason',
  'client',
  'version made by',
  'first seen',
  'last seen',
  'for example',
]

/** The report for a terminal: a sentence, and a table of the findings. */
export function textOf(data: ReportData): string {
  const lines = [
    `${minute(data.since)} to ${minute(data.until)} UTC, ${number(data.writes)} guarded writes`,
    '',
    summaryOf(data),
  ]
  const shown = data.findings.slice(0, MOST_LINES)
  if (shown.length > 0) lines.push('', ...table([HEAD, ...shown.map((finding) => rowOf(finding, data))]))
  const more = data.findings
    .slice(MOST_LINES)
    .reduce((sum, { refused }) => sum + refused, data.others.findings.refused)
  if (more > 0) lines.push(`and ${number(more)} more, in findings that come less often`)
  return `${lines.join('\n')}\n`
}

function rowOf(finding: Finding, { routes }: ReportData): string[] {
  const writes = writesBehind(finding, routes)
  const example = finding.examples.at(-1)
  return [
    number(finding.refused),
    writes === undefined ? '' : percent(finding.refused / writes),
    finding.route,
    finding.reason === undefined ? finding.code : `${finding.code}, ${finding.reason}`,
    finding.client,
    rivalsText(finding.rivals),
    minute(finding.firstSeen),
    minute(finding.lastSeen),
    example === undefined ? '' : [example.key ?? '', ...example.expected].join(' '),
  ]
}

/** Of the route since the finding began; undefined where the route had to make room in between, and counts anew. */
function writesBehind(
  { route, firstSeen = '', refused }: Finding,
  routes: readonly Part[],
): number | undefined {
  const part = routes.find(({ name }) => name === route)
  const isWhole = part?.firstSeen !== undefined && part.firstSeen <= firstSeen && part.writes >= refused
  return isWhole ? part.writes : undefined
}

function rivalsText({ self, other, unknown }: Rivals): string {
  const parts = [
    ['itself', self],
    ['others', other],
    ['unknown', unknown],
  ] as const
  return parts
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${number(count)}`)
    .join(', ')
}

function minute(moment: string | undefined): string {
  return moment === undefined ? '' : moment.slice(0, 16).replace('T', ' ')
}

/** The first two columns are numbers, and stand to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column < 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd()
  const [head = [], ...body] = rows
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)]
}

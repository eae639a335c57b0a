import { relative } from 'node:path'
import { printable } from '../core/printable.js'
import type { Audit } from './audit.js'
import type { Accepted, Sorted } from './accepted.js'
import type { Finding } from './findings.js'

/** The findings in plain words, for a terminal; paths of files as seen from `cwd`. */
export function auditText({ routes, notes }: Audit, sorted: Sorted, cwd: string): string {
  const { open, accepted, stale } = sorted
  const lines = [
    ...open.flatMap((finding) => [...findingLines(finding, cwd), '']),
    ...notes.map((note) => `Not looked at: ${note}`),
    ...stale.map((entry) => `Accepted, and found no longer: ${named(entry)}. Take it off the list.`),
    `${routes} ${routes === 1 ? 'route' : 'routes'}, ${open.length} ${open.length === 1 ? 'finding' : 'findings'}${accepted.length > 0 ? `, ${accepted.length} accepted` : ''}.`,
  ]
  // paths, keys and names of functions are as the application wrote them
  return `${lines.map(printable).join('\n')}\n`
}

function findingLines(finding: Finding, cwd: string): string[] {
  const { message, fix, known, file, line } = finding
  const guess = known === 'source' ? ' (known by reading the source, which is a heuristic)' : ''
  const place =
    file === undefined ? [] : [`  at ${relative(cwd, file)}${line === undefined ? '' : `:${line}`}`]
  return [named(finding), `  ${message}${guess}`, `  ${fix}`, ...place]
}

function named({ code, method, path }: Accepted | Finding): string {
  return `${method} ${path}: ${code}`
}

/** The same for programs. `version` grows when a member changes its meaning or goes. */
export function auditJson({ routes, notes }: Audit, { open, accepted, stale }: Sorted): string {
  return `${JSON.stringify({ version: 1, routes, findings: open, accepted, stale, notes }, null, 2)}\n`
}

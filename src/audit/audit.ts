import { IfMatchError, show } from '../core/errors.js'
import { openClosures, type Closures, type Location } from './closures.js'
import { sameFinding, type Finding } from './findings.js'
import type { Step } from './flow.js'
import { handlersBy } from './handlers.js'
import { layersOf } from './layers.js'
import { acceptsTags, countsWithTheOthers } from './rules-pairs.js'
import { hasItsBody, hasItsKey, isGuarded, writesThroughHandle } from './rules-guards.js'
import { reachesProblems } from './rules-problems.js'
import type { Audited, Rule } from './rules.js'
import { routesOf, type Route } from './routes.js'
import type { TrafficSeen } from './traffic.js'

export interface AuditOptions {
  /** what `watchTraffic()` has seen of this application: findings that no order of middleware shows */
  readonly traffic?: TrafficSeen
}

/** What `auditRoutes` has found. */
export interface Audit {
  readonly findings: readonly Finding[]
  /** how many routes were looked at, each method of each path counted */
  readonly routes: number
  /** what could not be looked at, and why */
  readonly notes: readonly string[]
}

const RULES: readonly Rule[] = [
  isGuarded,
  hasItsBody,
  hasItsKey,
  acceptsTags,
  countsWithTheOthers,
  writesThroughHandle,
  reachesProblems,
]

/**
 * Looks through the stack of an Express application, 4 or 5, for writes that are not protected and for guards that
 * cannot do their work. Runs none of its handlers. For start-up or a test, not for each request: it reads closures by
 * Node's inspector.
 *
 * Throws `ERR_OPTION_INVALID` for what is no application and no router of Express.
 */
export function auditRoutes(app: unknown, options: AuditOptions = {}): Audit {
  const closures = openClosures()
  try {
    const layers = layersOf(app, closures)
    if (layers === undefined) {
      throw new IfMatchError(
        'ERR_OPTION_INVALID',
        `auditRoutes(app): ${show(app)} is no application of Express 4 or 5. Hand over what express() gave (ERR_OPTION_INVALID, see docs/errors.md)`,
      )
    }
    const handlers = handlersBy(closures)
    const { routes, notes } = routesOf(layers, handlers)
    const audited = { routes, handlers, traffic: options.traffic }
    return {
      findings: findingsOf(audited, closures),
      routes: routes.length,
      notes: [
        ...notes,
        ...(closures === undefined ? [NO_INSPECTOR] : []),
        ...(routes.length === 0 && notes.length === 0 ? [NO_ROUTES] : []),
      ],
    }
  } finally {
    closures?.close()
  }
}

const NO_INSPECTOR =
  'This Node has no inspector: mounted applications, the mounts of Express 5, and guards inside other functions were not seen.'

const NO_ROUTES =
  'The application has no route that answers anything. Where it mounts them later, look at it after that.'

function findingsOf(audited: Audited, closures: Closures | undefined): Finding[] {
  const findings: Finding[] = []
  for (const route of audited.routes) {
    for (const { code, message, fix, known = 'stack' } of RULES.flatMap((rule) => rule(route, audited))) {
      const { method, path } = route
      const finding = { code, method, path, message, fix, known, ...whereIs(route, audited, closures) }
      if (!findings.some((other) => sameFinding(other, finding))) findings.push(finding)
    }
  }
  return findings
}

/** Of the handler that the application wrote, not of the wrapper around it. */
function whereIs(
  { flow, endpoint }: Route,
  { handlers }: Audited,
  closures: Closures | undefined,
): Pick<Finding, 'file' | 'line'> {
  const step = flow[endpoint]
  const wrapped = step?.marks.map((mark) => (mark.kind === 'wrap' ? mark.handler : undefined))
  const handler = (wrapped?.find((one) => one !== undefined) ?? step?.handle) as Step['handle'] | undefined
  const location: Location | undefined =
    handler === undefined ? undefined : closures?.locationOf(handlers.written(handler))
  if (location === undefined) return {}
  return { file: location.file, ...(location.line === undefined ? {} : { line: location.line }) }
}

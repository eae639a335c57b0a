import type { Finding, FindingCode } from './findings.js'
import type { Handlers } from './handlers.js'
import type { Route } from './routes.js'
import type { TrafficSeen } from './traffic.js'

/** What a rule may look at. */
export interface Audited {
  readonly routes: readonly Route[]
  readonly handlers: Handlers
  readonly traffic: TrafficSeen | undefined
}

/** What a rule says of a route. */
export interface Remark {
  readonly code: FindingCode
  readonly message: string
  readonly fix: string
  readonly known?: Finding['known']
}

export type Rule = (route: Route, audited: Audited) => readonly Remark[]

export const NONE: readonly Remark[] = []

/** The routes that read what this one writes. */
export function readsBeside(route: Route, { routes }: Audited): Route[] {
  return routes.filter(({ method, shape }) => method === 'GET' && shape === route.shape)
}

import { keyTemplate } from '../express/key-template.js'
import type { GuardMark, Mark } from '../express/mark.js'
import { pathKey, pathSegments } from '../express/path.js'
import type { Step } from './flow.js'
import type { Route } from './routes.js'

/** A guard in the way of a request. */
export interface PlacedGuard {
  readonly mark: GuardMark
  /** its place in the flow */
  readonly at: number
}

/** What guards the writes of a route, wherever it stands: also behind the handler. A tree lets each POST pass. */
export function guardsOf(route: Route): PlacedGuard[] {
  const trees = route.method !== 'POST'
  return placed(
    route.flow,
    (mark) => mark.kind === 'guard' || mark.kind === 'wrap' || (trees && isTreeOver(mark, route)),
  )
}

/** Those that a request passes before it is answered. */
export function guardsBefore(route: Route): PlacedGuard[] {
  return guardsOf(route).filter(({ at }) => at <= route.endpoint)
}

/** What tags the answers of a route that reads. */
export function readsBefore(route: Route): PlacedGuard[] {
  const reads = placed(route.flow, (mark) => mark.kind === 'read' || isTreeOver(mark, route))
  return reads.filter(({ at }) => at <= route.endpoint)
}

function placed(flow: readonly Step[], wanted: (mark: GuardMark) => boolean): PlacedGuard[] {
  return flow.flatMap(({ marks }, at) =>
    marks
      .filter(isGuardMark)
      .filter(wanted)
      .map((mark) => ({ mark, at })),
  )
}

export function isGuardMark(mark: Mark): mark is GuardMark {
  return mark.kind !== 'problems'
}

/** A whole tree leaves alone what its template does not name, and can be no other than a ledger's. */
function isTreeOver(mark: GuardMark, route: Route): boolean {
  return mark.kind === 'tree' && mark.way === 'ledger' && (route.isRegexp || isInPath(mark, route.sample))
}

export function isInPath({ key }: GuardMark, path: string): boolean {
  return key.form !== 'template' || keyTemplate(key.text).match(pathSegments(path)) !== undefined
}

/** The key that a path has; undefined where a function of the application gives it. */
export function keyOf({ key }: GuardMark, path: string): string | undefined {
  const segments = pathSegments(path)
  if (key.form === 'function') return undefined
  if (key.form === 'path') return pathKey(segments)
  const template = keyTemplate(key.text)
  const match = template.match(segments)
  return match === undefined ? undefined : template.fill(match.values)
}

/** Whether both would have one key for this path, as far as it can be told: two functions may give the same. */
export function keysAgree(one: GuardMark, other: GuardMark, path: string): boolean {
  const keys = [keyOf(one, path), keyOf(other, path)]
  return keys.includes(undefined) || keys[0] === keys[1]
}

/** Whether both count by the same thing, so that the one knows the versions that the other gives out. */
export function countsAlike(one: GuardMark, other: GuardMark): boolean {
  if (one.instance === other.instance || one.store === other.store) return true
  if (one.way === 'ledger' || other.way === 'ledger') return false
  // two looks at rows with the same version member see the same versions
  return one.version === other.version
}

/** How a message speaks of a guard. */
export function describe({ kind, way, key }: GuardMark): string {
  const named =
    key.form === 'template' ? `key '${key.text}'` : key.form === 'path' ? 'the path as key' : 'a key function'
  return `${kind === 'tree' ? 'app.use(ifMatch(…))' : `${kind}()`} (${way}, ${named})`
}

import type { Mark } from '../express/mark.js'
import type { Handlers } from './handlers.js'
import type { ExpressRoute, Layer } from './layers.js'

/** One function that a request passes. */
export interface Step {
  readonly handle: Layer['handle']
  readonly marks: readonly Mark[]
  /** of a function that stands on a route; undefined for what `use` mounted */
  readonly route: ExpressRoute | undefined
  /** whether it takes a `next` that it could call */
  readonly mayPass: boolean
  /** it takes an error as its first parameter */
  readonly takesErrors: boolean
  /** the routers that it stands in, the outermost first */
  readonly inside: readonly (readonly Layer[])[]
}

/**
 * All that a request would pass if everything in its way called `next()`, in that order: the router's own matching,
 * with nothing run.
 */
export function flowOf(
  layers: readonly Layer[],
  path: string,
  method: string,
  handlers: Handlers,
  outside: Step['inside'] = [],
): Step[] {
  const inside = [...outside, layers]
  const steps: Step[] = []
  const add = (handle: unknown, route: ExpressRoute | undefined) => {
    if (typeof handle !== 'function') return
    const step = handle as Layer['handle']
    const [marks, mayPass] = [handlers.marksOf(step), handlers.mayPass(step)]
    steps.push({ handle: step, marks, route, mayPass, takesErrors: step.length === 4, inside })
  }
  for (const layer of layers) {
    const matched = layer.match(path)
    if (matched === undefined) continue
    const { route, children, handle } = layer
    if (route !== undefined) {
      for (const own of route.stack)
        if (own.method === undefined || own.method === method.toLowerCase()) add(own.handle, route)
      continue
    }
    const rest = below(path, matched)
    if (rest === undefined) continue
    if (children === undefined) add(handle, undefined)
    else steps.push(...flowOf(children, rest, method, handlers, inside))
  }
  return steps
}

/** What a mounted router sees of the path; undefined where the mount ends in the middle of a segment. */
function below(path: string, matched: string): string | undefined {
  if (matched === '' || matched === '/') return path
  const rest = path.slice(matched.length)
  if (rest !== '' && !rest.startsWith('/') && !matched.endsWith('/')) return undefined
  return rest.startsWith('/') ? rest : `/${rest}`
}

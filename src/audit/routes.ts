import { flowOf, type Step } from './flow.js'
import type { Handlers } from './handlers.js'
import type { ExpressRoute, Layer } from './layers.js'
import { samplesOf, type Sample } from './sample.js'

/** One method of one path. */
export interface Route {
  /** `ALL` for `app.all` */
  readonly method: string
  /** from the root of the application, with `:name` for each parameter; a regular expression as it was written */
  readonly path: string
  /** a path that the route matches */
  readonly sample: string
  /** the same for all routes whose paths match the same, whatever their parameters are called */
  readonly shape: string
  /**
   * whether it changes what exists: PUT, PATCH, DELETE, and a POST where one of them stands too; any other POST names no
   * state that it was built on. `app.all` counts where it answers, but not as the last resort for every path.
   */
  readonly writes: boolean
  /** whether its path is a regular expression, of which one sample says little */
  readonly isRegexp: boolean
  readonly express: ExpressRoute
  readonly flow: readonly Step[]
  /** the place in `flow` of the function that answers */
  readonly endpoint: number
}

export interface FoundRoutes {
  readonly routes: readonly Route[]
  /** what could not be looked at, and why */
  readonly notes: readonly string[]
}

interface Place {
  readonly mount: Sample
  readonly layers: readonly Layer[]
}

const ROOT: Sample = { path: '', template: '' }

/** Every route of the application that something answers at, with what a request to it passes. */
export function routesOf(layers: readonly Layer[], handlers: Handlers): FoundRoutes {
  const routes: Omit<Route, 'writes'>[] = []
  const notes: string[] = []
  // what was mounted at two paths is two routes; what two patterns of one layer sample alike is one
  const known = new Map<ExpressRoute, Set<string>>()

  const visit = ({ mount, layers: inner }: Place) => {
    for (const layer of inner) {
      const places = placesOf(layer, mount)
      const what = layer.route === undefined ? layer.handle.name || 'a router' : String(layer.route.path)
      if (places.length === 0 && (layer.route ?? layer.children) !== undefined) {
        notes.push(
          `${mount.template || '/'}: the path of ${what} could not be read, so what is there was not looked at.`,
        )
      }
      for (const { path, template, written } of places) {
        if (layer.route !== undefined) addRoutes(layer.route, { path, template }, mount.template, written)
        else if (layer.children !== undefined) visit({ mount: { path, template }, layers: layer.children })
      }
    }
  }

  const addRoutes = (route: ExpressRoute, sample: Sample, mounted: string, written: RegExp | undefined) => {
    for (const method of methodsOf(route)) {
      const flow = flowOf(layers, sample.path || '/', method === 'ALL' ? 'PUT' : method, handlers)
      const endpoint = endpointOf(route, flow)
      const path = written === undefined ? sample.template || '/' : `${mounted} ${String(written)}`.trim()
      const seen = known.get(route) ?? new Set()
      known.set(route, seen)
      if (endpoint === undefined || seen.has(`${method} ${path}`)) continue
      seen.add(`${method} ${path}`)
      const shape = sample.template.replace(/([:*])[\w]+/g, '$1').toLowerCase()
      routes.push({
        method,
        path,
        sample: sample.path || '/',
        shape,
        isRegexp: written !== undefined,
        express: route,
        flow,
        endpoint,
      })
    }
  }

  visit({ mount: ROOT, layers })
  const answering = withoutMiddleware(routes)
  return { routes: answering.map((route) => ({ ...route, writes: isWrite(route, answering) })), notes }
}

/** The paths of a layer, from the root. */
function placesOf({ patterns }: Layer, mount: Sample): (Sample & { readonly written: RegExp | undefined })[] {
  if (patterns === undefined) return []
  if (patterns.length === 0) return [{ ...mount, written: undefined }]
  return patterns.flatMap(({ regexp, names, written }) =>
    samplesOf(regexp, names).map(({ path, template }) => ({
      path: mount.path + (path === '/' && mount.path !== '' ? '' : path),
      template: mount.template + (template === '/' && mount.template !== '' ? '' : template),
      written,
    })),
  )
}

const ALL_METHODS = 20
const WRITES = new Set(['PUT', 'PATCH', 'DELETE'])

function isWrite(
  { method, shape }: Omit<Route, 'writes'>,
  routes: readonly Omit<Route, 'writes'>[],
): boolean {
  if (method === 'POST') return routes.some((other) => other.shape === shape && WRITES.has(other.method))
  return WRITES.has(method) || (method === 'ALL' && /[^/:*]/.test(shape))
}

function methodsOf(route: ExpressRoute): string[] {
  const methods = new Set(route.stack.map(({ method }) => method?.toUpperCase() ?? 'ALL'))
  // `app.all` puts its function there once for each method of HTTP
  if (methods.size >= ALL_METHODS) return ['ALL']
  // `route('/x').all(login).get(show)` or `.get(show).all(notAllowed)`: it changes nothing by itself
  if (methods.size > 1) methods.delete('ALL')
  return [...methods]
}

/**
 * Who answers: the first function of the route that could not pass the request on, for it takes no `next`; else the
 * last one. Undefined where all of them are guards in front of something else.
 */
function endpointOf(route: ExpressRoute, flow: readonly Step[]): number | undefined {
  const own = flow.flatMap((step, index) => (step.route === route && !step.takesErrors ? [index] : []))
  const answering = own.filter((index) => {
    const marks = flow[index]?.marks ?? []
    return marks.length === 0 || marks.some(({ kind }) => kind === 'wrap')
  })
  return answering.find((index) => endsHere(flow[index])) ?? answering.at(-1)
}

/** Whether it takes no `next` that it could call. */
export function endsHere(step: Step | undefined): boolean {
  return step !== undefined && (!step.mayPass || step.marks.some(({ kind }) => kind === 'wrap'))
}

/** A route that may pass on what another route of the same method and path then answers is only on its way. */
function withoutMiddleware<Some extends Omit<Route, 'writes'>>(routes: readonly Some[]): Some[] {
  return routes.filter((route, place) => {
    if (endsHere(route.flow[route.endpoint])) return true
    return !routes.some(
      (other, otherPlace) =>
        otherPlace > place &&
        other.shape === route.shape &&
        (route.method === 'ALL' || other.method === route.method),
    )
  })
}

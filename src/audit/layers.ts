import type { Closures } from './closures.js'

/*
 * The stack of an Express application, 4 or 5, in one shape. The members that are read here are none of Express's
 * public ones: what is not there is left out, and said.
 */

/** Express's own route object: the one that a request has as `req.route`. */
export interface ExpressRoute {
  readonly path: unknown
  readonly methods?: Readonly<Record<string, boolean>>
  readonly stack: readonly { readonly handle: unknown; readonly method?: string | undefined }[]
}

/** One pattern of a layer, and the names of its parameters. */
export interface Pattern {
  readonly regexp: RegExp
  readonly names: readonly string[]
  /** as the application wrote it, where it wrote a regular expression */
  readonly written: RegExp | undefined
}

export interface Layer {
  readonly handle: (...values: never[]) => unknown
  readonly route: ExpressRoute | undefined
  /** of a router or an application that is mounted here */
  readonly children: readonly Layer[] | undefined
  /** undefined where they cannot be known; none for a mount at the root */
  readonly patterns: readonly Pattern[] | undefined
  /** the part of the path that it matches, '' for the root; undefined where it does not match */
  match(path: string): string | undefined
}

interface RawLayer {
  readonly handle: Layer['handle'] & { stack?: unknown }
  readonly route?: ExpressRoute
  readonly slash?: boolean
  readonly regexp?: RegExp & { fast_slash?: boolean; fast_star?: boolean }
  readonly keys?: readonly { readonly name: string | number }[]
  readonly matchers?: readonly ((path: string) => { readonly path: string } | false)[]
}

/** The layers of an application or a router; undefined where this is neither. */
export function layersOf(
  app: unknown,
  closures: Closures | undefined,
  depth = 0,
): readonly Layer[] | undefined {
  // a router that is mounted in itself has no end
  if (depth > DEEPEST) return []
  return stackOf(app)?.map((layer) => read(layer, closures, depth))
}

const DEEPEST = 16

/** Whether it is an application or a router of Express. */
export function isRouter(value: unknown): boolean {
  return stackOf(value) !== undefined
}

function stackOf(value: unknown): readonly RawLayer[] | undefined {
  if (typeof value !== 'function') return undefined
  const router = value as { stack?: unknown; _router?: { stack?: unknown }; set?: unknown; router?: unknown }
  if (Array.isArray(router.stack)) return router.stack as RawLayer[]
  if (typeof router.set !== 'function') return undefined
  // an Express 4 without a route has no router yet, and throws when it is asked for `router`
  const inside = router._router ?? ('lazyrouter' in router ? { stack: [] } : router.router)
  const { stack } = (inside ?? {}) as { stack?: unknown }
  return Array.isArray(stack) ? (stack as RawLayer[]) : undefined
}

function read(layer: RawLayer, closures: Closures | undefined, depth: number): Layer {
  const { handle, route, matchers, regexp } = layer
  const mounted = handle.name === 'mounted_app' ? closures?.variable(handle, 'fn') : undefined
  return {
    handle,
    route,
    children: route === undefined ? layersOf(mounted ?? handle, closures, depth + 1) : undefined,
    patterns: matchers === undefined ? ofFour(layer) : ofFive(layer, closures),
    match(path) {
      if (matchers === undefined) {
        if (regexp?.fast_slash === true) return ''
        if (regexp?.fast_star === true) return path
        return regexp?.exec(path)?.[0]
      }
      if (layer.slash === true) return ''
      for (const matcher of matchers) {
        const match = matcher(path)
        if (match !== false) return match.path
      }
      return undefined
    },
  }
}

function ofFour({ regexp, keys = [], route }: RawLayer): readonly Pattern[] | undefined {
  if (regexp === undefined) return undefined
  if (regexp.fast_slash === true) return []
  const written = route?.path instanceof RegExp ? route.path : undefined
  return [{ regexp, names: keys.map(({ name }) => String(name)), written }]
}

function ofFive({ matchers = [], slash }: RawLayer, closures: Closures | undefined): Layer['patterns'] {
  if (slash === true) return []
  const patterns = matchers.map((matcher): Pattern | undefined => {
    const written = closures?.variable(matcher, '_path')
    if (written instanceof RegExp) return { regexp: written, names: [], written }
    const regexp = closures?.variable(matcher, 'regexp')
    const keys = closures?.variable(matcher, 'keys') as readonly { name: unknown }[] | undefined
    if (!(regexp instanceof RegExp)) return undefined
    return { regexp, names: (keys ?? []).map(({ name }) => String(name)), written: undefined }
  })
  return patterns.includes(undefined) ? undefined : (patterns as Pattern[])
}

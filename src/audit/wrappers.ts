import type { Closures } from './closures.js'
import { handedTo, takesRest } from './handing.js'

type Fn = (...values: never[]) => unknown

/** What a function hands all its arguments to: `asyncHandler(save)` is no handler of its own. */
export interface Wrappers {
  /** whether it takes a `next` that it could call, itself or in what it wraps */
  mayPass(fn: Fn): boolean
  /** what the application wrote: of a wrapper the function within, else the function itself */
  written(fn: Fn): Fn
}

const DEEPEST = 5
/** Read in the text and the closure of a function, so this is a heuristic. */
export function wrappersBy(closures: Closures | undefined): Wrappers {
  const passing = new WeakMap<object, boolean>()

  function wrappedIn(fn: Fn, depth: number): Fn[] {
    if (closures === undefined || depth > DEEPEST) return []
    return handedTo(fn)
      .map((name) => closures.variable(fn, name))
      .filter(isFunction)
  }

  function mayPass(fn: Fn, depth = 0): boolean {
    // `bind` leaves no text, and of one that takes all its arguments no length
    const target = (closures?.boundTarget(fn) ?? fn) as Fn
    const wrapped = wrappedIn(target, depth)
    if (wrapped.length > 0) return wrapped.some((one) => mayPass(one, depth + 1))
    return fn.length > 2 || takesRest(target)
  }

  function written(fn: Fn, depth = 0): Fn {
    const [only, ...others] = wrappedIn(fn, depth)
    return only === undefined || others.length > 0 ? fn : written(only, depth + 1)
  }

  return {
    mayPass(fn) {
      const known = passing.get(fn) ?? mayPass(fn)
      passing.set(fn, known)
      return known
    },
    written: (fn) => written(fn),
  }
}

function isFunction(value: unknown): value is Fn {
  return typeof value === 'function'
}

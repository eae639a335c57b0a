import type { Closures } from './closures.js'
import { sourceOf } from './source.js'

type Fn = (...values: never[]) => unknown

/** What a function hands all its arguments to: `asyncHandler(save)` is no handler of its own. */
export interface Wrappers {
  /** whether it takes a `next` that it could call, itself or in what it wraps */
  mayPass(fn: Fn): boolean
  /** what the application wrote: of a wrapper the function within, else the function itself */
  written(fn: Fn): Fn
}

const DEEPEST = 5
const NAME = String.raw`(?<![.\w$])([A-Za-z_$][\w$]{0,63})\s{0,4}`
/** `fn(...args)` and `fn.apply(this, args)` */
const HANDS_ALL = new RegExp(String.raw`${NAME}(?:\(\s{0,4}\.\.\.|\.apply\s{0,4}\()`, 'g')
/** `(...args)`, and `(req, ...others)` */
const TAKES_ALL = /^[^(=]{0,200}\((?:[^(){}=]{0,200},)?\s{0,20}\.\.\.\s{0,4}[\w$]+\s{0,20}\)/

/** Read in the text and the closure of a function, so this is a heuristic. */
export function wrappersBy(closures: Closures | undefined): Wrappers {
  const passing = new WeakMap<object, boolean>()

  function wrappedIn(fn: Fn, depth: number): Fn[] {
    if (closures === undefined || depth > DEEPEST || !takesAll(fn)) return []
    const names = new Set([...sourceOf(fn).matchAll(HANDS_ALL)].map(([, name = '']) => name))
    return [...names].map((name) => closures.variable(fn, name)).filter(isFunction)
  }

  function mayPass(fn: Fn, depth = 0): boolean {
    if (fn.length > 2) return true
    // `bind` leaves no text, and of one that takes all its arguments no length
    const target = (closures?.boundTarget(fn) ?? fn) as Fn
    if (!takesAll(target)) return false
    const wrapped = wrappedIn(target, depth)
    return wrapped.length === 0 || wrapped.some((one) => mayPass(one, depth + 1))
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

function takesAll(fn: Fn): boolean {
  const text = sourceOf(fn)
  return TAKES_ALL.test(text) || (fn.length < 3 && /\barguments\b/.test(text))
}

function isFunction(value: unknown): value is Fn {
  return typeof value === 'function'
}

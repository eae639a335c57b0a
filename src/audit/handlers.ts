import { markOf, type GuardMark, type Mark } from '../express/mark.js'
import type { Closures } from './closures.js'
import { sourceOf } from './source.js'
import { wrappersBy, type Wrappers } from './wrappers.js'

/** What can be known of a function in the stack without running it. */
export interface Handlers extends Wrappers {
  /** its own mark, and those of the functions that it calls: a guard inside another middleware is one still */
  marksOf(fn: object): readonly Mark[]
  /** of the `ifMatch()` whose `send()` it calls, itself or through a function that it calls */
  sendersOf(fn: object): readonly GuardMark[]
}

const CALLS = /(?<![.\w$])([A-Za-z_$][\w$]{0,63})\s{0,4}(?:\.(?:call|apply|send)\s{0,4})?\(/g
const DEEPEST = 5
/** functions to look into for one handler: a library that it calls into has thousands */
const MOST = 60

/** Reads through the text and the closure of each function: by the names that it calls, so this is a heuristic. */
export function handlersBy(closures: Closures | undefined): Handlers {
  const found = new Map<object, ReadonlySet<Mark>>()

  function within(fn: object): ReadonlySet<Mark> {
    const before = found.get(fn)
    if (before !== undefined) return before
    const marks = new Set<Mark>()
    found.set(fn, marks)
    const seen = new Set<object>()
    collect(fn, 0, seen, marks)
    return marks
  }

  function collect(fn: object, depth: number, seen: Set<object>, marks: Set<Mark>): void {
    if (seen.has(fn) || seen.size > MOST) return
    seen.add(fn)
    const own = markOf(fn)
    if (own !== undefined) {
      marks.add(own)
      if (own.kind === 'wrap' && own.handler !== undefined) collect(own.handler, depth, seen, marks)
      return
    }
    if (closures === undefined || depth > DEEPEST) return
    const target = closures.boundTarget(fn)
    if (typeof target === 'function') {
      collect(target, depth, seen, marks)
      return
    }
    for (const { name, sends } of calledIn(fn)) {
      const value = closures.variable(fn, name)
      if (typeof value !== 'function') continue
      const mark = markOf(value)
      // `articles.send(…)` answers with a tag; it does not guard, as `articles(…)` would
      if (mark?.kind === 'tree' && sends) marks.add({ ...mark, kind: 'send' })
      else collect(value, depth + 1, seen, marks)
    }
  }

  const senders = (marks: Iterable<Mark>) =>
    [...marks].filter((mark): mark is GuardMark => mark.kind === 'send')
  return {
    ...wrappersBy(closures),
    marksOf: (fn) => [...within(fn)].filter(({ kind }) => kind !== 'send'),
    sendersOf: (fn) => senders(within(fn)),
  }
}

/** The names that are called in the text of a function, as `name(` or `name.send(`. */
function calledIn(fn: object): { readonly name: string; readonly sends: boolean }[] {
  const text = sourceOf(fn)
  // its own name stands before its own parameters
  const body = text.slice(text.search(/[)=]/) + 1)
  const calls = new Map<string, { name: string; sends: boolean }>()
  for (const [whole, name = ''] of body.matchAll(CALLS)) {
    const sends = whole.includes('.') && whole.includes('send')
    calls.set(`${name} ${sends}`, { name, sends })
  }
  return [...calls.values()]
}

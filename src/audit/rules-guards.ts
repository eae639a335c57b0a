import { guardsBefore, guardsOf, describe, isGuardMark, isInPath } from './guards.js'
import { sourceOf } from './source.js'
import { NONE, type Remark, type Rule } from './rules.js'

/** `unguarded-write` and `guard-after-handler` */
export const isGuarded: Rule = (route, { traffic }) => {
  if (!route.writes || guardsBefore(route).length > 0) return NONE
  if ((traffic?.of(route)?.guarded ?? 0) > 0) return NONE
  const [late] = guardsOf(route)
  if (late !== undefined) {
    return [
      {
        code: 'guard-after-handler',
        message: `${describe(late.mark)} is mounted behind the handler, which has answered by then.`,
        fix: 'Put the guard in front of the handler, or app.use(ifMatch(…)) in front of the routes.',
      },
    ]
  }
  return [
    {
      code: 'unguarded-write',
      message:
        'Nothing checks what this write was built on: of two that change one state, the first is lost.',
      fix: 'Put guard() before the handler or wrap() around it, or app.use(ifMatch(…)) in front of the routes.',
    },
  ]
}

/** The parsers that leave the members of a body in `req.body`, by the names that their functions have. */
const PARSERS = new Set(['jsonParser', 'urlencodedParser', 'multerMiddleware'])

/** `guard-before-parser` */
export const hasItsBody: Rule = (route) => {
  if (!route.writes || route.method === 'DELETE') return NONE
  const parsers = route.flow.flatMap(({ handle }, at) => (PARSERS.has(handle.name) ? [at] : []))
  const [parser = -1] = parsers
  const early = guardsBefore(route).find(({ mark, at }) => mark.bodyVersion !== false && at < parser)
  if (early === undefined) return NONE
  return [
    {
      code: 'guard-before-parser',
      message: `${describe(early.mark)} looks for ${JSON.stringify(early.mark.bodyVersion)} in the body, and ${route.flow[parser]?.handle.name ?? 'the parser'} is mounted behind it.`,
      fix: 'Mount express.json() in front of the guard, or say bodyVersion: false where the body has no version.',
    },
  ]
}

/** `key-not-in-path` */
export const hasItsKey: Rule = (route) => {
  if (route.isRegexp) return NONE
  const marks = route.flow.slice(0, route.endpoint + 1).flatMap(({ marks }) => marks.filter(isGuardMark))
  const kinds = route.method === 'GET' ? ['read'] : ['guard', 'wrap']
  const lost = marks.find((mark) => kinds.includes(mark.kind) && !isInPath(mark, route.sample))
  if (lost === undefined) return NONE
  return [
    {
      code: 'key-not-in-path',
      message: `The key of ${describe(lost)} is not found in this path: every request here is answered with ERR_KEY_MISMATCH.`,
      fix: "Give the key as the route has it, or as a function: (req) => 'users/' + req.user.id.",
    },
  ]
}

/** `never-written` */
export const writesThroughHandle: Rule = (route, { traffic }) => {
  const table = guardsBefore(route).find(({ mark }) => mark.kind === 'wrap' && mark.way === 'table')
  if (table === undefined) return NONE
  const remark = (message: string, known: Remark['known']): Remark[] => [
    {
      code: 'never-written',
      message,
      fix: 'Write with write.update, write.insert or write.delete: only they compare the version.',
      ...(known === undefined ? {} : { known }),
    },
  ]
  const seen = traffic?.of(route)
  if (seen !== undefined && seen.written === 0 && seen.forgotten > 0)
    return remark(
      `The handler answered with success ${seen.forgotten} times, and never wrote through its handle.`,
      'traffic',
    )
  // what it did write by, when it ran, is known better than what its text says
  if ((seen?.written ?? 0) > 0 || takesHandle(table.mark.handler)) return NONE
  return remark('The handler around which wrap() stands takes no third parameter, write.', 'source')
}

function takesHandle(handler: object | undefined): boolean {
  if (typeof handler !== 'function' || handler.length > 2) return true
  const text = sourceOf(handler)
  return (
    text === '' ||
    /precondition|\barguments\b|\.\.\.|=/i.test(text.slice(0, text.search(/\{|=>/))) ||
    /precondition|\barguments\b/i.test(text)
  )
}

import { guardsBefore, isGuardMark } from './guards.js'
import type { Step } from './flow.js'
import { sourceOf } from './source.js'
import type { Route } from './routes.js'
import { NONE, type Rule } from './rules.js'

/** `problems-too-early`, `problems-unreached` and `problems-take-all` */
export const reachesProblems: Rule = (route) => {
  if (!route.writes || guardsBefore(route).length === 0) return NONE
  const handlers = errorHandlersAfter(route)
  const place = handlers.findIndex(isProblems)
  if (place === -1) {
    const early = route.flow.slice(0, route.endpoint).some(isProblems)
    if (!early) return NONE
    return [
      {
        code: 'problems-too-early',
        message:
          'problems() is mounted before this route, and Express looks for error handlers only behind it.',
        fix: 'Mount app.use(problems()) behind all routes.',
      },
    ]
  }
  const greedy = handlers.slice(0, place).find(answersAll)
  if (greedy !== undefined) {
    return [
      {
        code: 'problems-unreached',
        message: `The error handler ${nameOf(greedy)} is mounted before problems(), and passes nothing on: it answers the refusals as well.`,
        fix: 'Mount problems() before it, or let it call next(error).',
        known: 'source',
      },
    ]
  }
  const next = handlers.slice(place + 1).find((step) => !isProblems(step))
  const handsOver = guardsBefore(route).some(({ mark }) => isGuardMark(mark) && mark.respond === 'next')
  if (next === undefined || !handsOver) return NONE
  return [
    {
      code: 'problems-take-all',
      message: `respond: 'next' hands refusals to the application's own error handler, and problems() before it answers them all: ${nameOf(next)} never gets one.`,
      fix: "Mount problems() behind it or leave it out; or leave out respond: 'next'.",
    },
  ]
}

function isProblems({ marks }: Step): boolean {
  return marks.some(({ kind }) => kind === 'problems')
}

/** Those that an error of this route comes to: behind it, in its own router or one around that. */
function errorHandlersAfter({ flow, endpoint }: Route): Step[] {
  const inside = flow[endpoint]?.inside ?? []
  return flow.filter((step, at) => {
    const own = step.inside.at(-1)
    return at > endpoint && step.takesErrors && own !== undefined && inside.includes(own)
  })
}

/** Whether it never mentions its fourth parameter, and so passes no error on. */
function answersAll({ handle, marks }: Step): boolean {
  const text = sourceOf(handle)
  const found = /\(\s{0,20}(?:[\w$]+\s{0,20},\s{0,20}){3}([\w$]+)\s{0,20}\)/.exec(text.slice(0, 500))
  const [list, name] = found ?? []
  if (marks.length > 0 || list === undefined || name === undefined) return false
  const body = text.slice((found?.index ?? 0) + list.length)
  return !new RegExp(`(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])`).test(body)
}

function nameOf({ handle }: Step): string {
  return handle.name === '' || handle.name === '<anonymous>' ? 'without a name' : handle.name
}

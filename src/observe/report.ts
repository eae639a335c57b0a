import diagnostics_channel from 'node:diagnostics_channel'
import type { RefusedEvent, SettledEvent } from '../express/events.js'
import type { Middleware } from '../express/express-types.js'
import { collector } from './collector.js'
import { checkOptions, REPORT_RULES, type ReportOptions, type RouterOptions } from './options.js'
import type { ReportData } from './report-data.js'
import { reportOf } from './report-of.js'
import { reportRouter } from './router.js'
import { textOf } from './text.js'

/** What has been refused, or under `observe` would have been, since `report()` was called. */
export interface Report {
  /** as plain data, which JSON can hold */
  readonly data: () => ReportData
  /** as a sentence and a table, for a terminal */
  readonly text: () => string
  /**
   * a middleware that answers with the report where it is mounted: as text, or as JSON where the request's Accept
   * names `application/json`. Throws `ERR_AUTHORIZE_MISSING` without `authorize`
   */
  readonly router: (options: RouterOptions) => Middleware
  /** listens no longer; what was collected stays */
  readonly close: () => void
}

const SIZES = { maxNames: 100, maxFindings: 200, maxExamples: 3, maxKeys: 2_000 }

/**
 * Collects, in bounded memory, what every `ifMatch()` of this process refuses, or under `observe` would have: by
 * route, by reason, by client, with examples that hold no body and no header. Throws `ERR_OPTION_UNKNOWN` or
 * `ERR_OPTION_INVALID`.
 */
export function report(options: ReportOptions = {}): Report {
  checkOptions('report', options, REPORT_RULES)
  const clock = options.clock ?? { date: () => Date.now() }
  const since = clock.date()
  const sizes = { ...SIZES, ...given(options) }
  const { collected, refused, settled } = collector(options, sizes, () => clock.date())

  const onRefused = (message: unknown) => {
    if (isEvent(message, 'code')) refused(message as RefusedEvent)
  }
  const onSettled = (message: unknown) => {
    if (isEvent(message, 'outcome')) settled(message as SettledEvent)
  }
  diagnostics_channel.subscribe('express-if-match:refused', onRefused)
  diagnostics_channel.subscribe('express-if-match:settled', onSettled)

  const data = () => reportOf(collected, since, clock.date())
  return {
    data,
    text: () => textOf(data()),
    router: (routerOptions) => reportRouter(data, routerOptions),
    close() {
      diagnostics_channel.unsubscribe('express-if-match:refused', onRefused)
      diagnostics_channel.unsubscribe('express-if-match:settled', onSettled)
    },
  }
}

/** A member that is undefined is one that was not given. */
function given(options: ReportOptions): Partial<typeof SIZES> {
  return Object.fromEntries(
    Object.keys(SIZES).flatMap((name) => {
      const value: unknown = Reflect.get(options, name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** Anyone may publish on a channel, and what a listener throws ends the process: only our own events are heard. */
function isEvent(message: unknown, member: 'code' | 'outcome'): boolean {
  if (typeof message !== 'object' || message === null) return false
  const { request, [member]: told } = message as Record<string, unknown>
  return typeof told === 'string' && typeof request === 'object' && request !== null
}

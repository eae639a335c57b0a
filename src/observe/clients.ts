import type { ExpressRequest } from '../express/express-types.js'
import type { ReportOptions } from './options.js'
import { shown } from './shown.js'

/** `name`: what the report shows; `id`: what tells clients apart, undefined where nothing does. */
export interface Client {
  readonly name: string
  readonly id: string | undefined
}

export const UNKNOWN = '(unknown)'
const NOBODY: Client = { name: UNKNOWN, id: undefined }

/** Asks `who`. It runs in the middle of a request that it must not end: what it throws is told once, as a warning. */
export function clientReader(options: Pick<ReportOptions, 'who'>): (req: ExpressRequest) => Client {
  let warned = false
  const warn = (what: string) => {
    if (warned) return
    warned = true
    const fix = 'Return a text, { kind, id }, or undefined; this client is counted as (unknown).'
    process.emitWarning(`report({ who }): ${what}. ${fix} (ERR_OPTION_INVALID, see docs/errors.md)`, {
      type: 'IfMatchWarning',
      code: 'ERR_OPTION_INVALID',
    })
  }
  return (req) => {
    try {
      const who: unknown = options.who?.(req)
      if (who === undefined || who === null || who === '') return NOBODY
      const client = clientOf(who)
      if (client === undefined)
        warn(`it gave ${typeof who === 'object' ? 'an object without a kind' : typeof who}`)
      return client ?? NOBODY
    } catch {
      // not with its message: that may quote a token
      warn('it threw')
      return NOBODY
    }
  }
}

function clientOf(who: unknown): Client | undefined {
  if (typeof who === 'string') return { name: shown(who), id: who }
  if (typeof who !== 'object' || who === null) return undefined
  const { kind, id } = who as Record<string, unknown>
  if (typeof kind !== 'string' || kind === '') return undefined
  return { name: shown(kind), id: typeof id === 'string' && id !== '' ? `${kind}\n${id}` : undefined }
}

import { within } from '../../claims/store.js'
import type { IfMatchError } from '../../core/errors.js'
import { judge, type Verdict } from '../../core/expectation.js'
import { isPromise } from '../../core/promise.js'
import type { ExpressRequest } from '../express-types.js'
import { refusal } from '../../core/refusal.js'
import { failedDemand, type Standing } from '../refused.js'
import type { CurrentWay } from '../setup.js'
import { storeUnavailable } from './claim-one.js'
import type { ClaimRequest } from './claim-set.js'
import { foundRow, type Found } from './current-found.js'
import { inRowTerms } from './row-version.js'
import type { SessionRequest } from './session.js'

type Failed = Exclude<Verdict, { pass: true }>

/** Looks the row up, as often as it is asked to. */
export type Look = () => Promise<Found>

/**
 * `current` with the request as its guard saw it: a router further in, or the error handler at the end, has other
 * `params`. A look-up that never ends must not hold its key, which is renewed meanwhile, for longer than a dead one would.
 */
export function lookUp({ setup, req, key, claims }: ClaimRequest, way: CurrentWay): Look {
  const { params, url, baseUrl } = req
  const { deadlines } = claims
  const asGuarded = (): ExpressRequest =>
    req.params === params && req.url === url && req.baseUrl === baseUrl
      ? req
      : (Object.create(req, {
          params: { value: params, writable: true },
          url: { value: url, writable: true },
          baseUrl: { value: baseUrl, writable: true },
        }) as ExpressRequest)
  return async () => {
    const answer = way.current(asGuarded())
    if (!isPromise(answer)) return foundRow(way, answer)
    try {
      return foundRow(way, await within(answer, deadlines, setup.claim.lease, 'current'))
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ERR_STORE_TIMEOUT') throw storeUnavailable(key.key, error)
      throw error
    }
  }
}

export function verdictOn({ demand }: SessionRequest, { state }: Found): Verdict {
  return judge(inRowTerms(demand.expectation, state.modified), state)
}

export function failedAt(
  { setup, key, demand: { expectation } }: SessionRequest,
  verdict: Failed,
  { row, state }: Found,
  more: Pick<Standing, 'raced' | 'applied' | 'cause'> = {},
): IfMatchError {
  const version = row === undefined ? undefined : state.version
  return failedDemand(setup, verdict, { key: key.key, expectation, version, row, ...more })
}

const STALE: Failed = { pass: false, code: 'version-conflict', reason: 'stale', source: 'if-match' }

/** Why a write matched nothing, by what stands there now; `cause`: the error that said so. */
export function missedAt(
  request: SessionRequest,
  now: Found,
  more: Pick<Standing, 'applied' | 'cause'> = {},
): IfMatchError {
  const verdict = verdictOn(request, now)
  if (!verdict.pass) return failedAt(request, verdict, now, { ...more, raced: true })
  // it would match now: another write came first, of a version that the client would have taken too
  if (now.row !== undefined) return failedAt(request, STALE, now, { ...more, raced: true })
  const { cause, ...details } = more
  return refusal('not-found', { resource: request.key.key, ...details }, { cause })
}

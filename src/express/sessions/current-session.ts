import { within } from '../../claims/store.js'
import { judge, type Verdict } from '../../core/expectation.js'
import { isPromise } from '../../core/promise.js'
import type { Demand } from '../demand.js'
import { refusal } from '../refusal.js'
import { failedDemand } from '../refused.js'
import type { CurrentWay } from '../setup.js'
import type { CurrentWrite } from '../write-handle.js'
import { baseHandle } from './base-handle.js'
import { meets, storeUnavailable } from './claim-one.js'
import { ABORTED, claimAll, type ClaimRequest, type ClaimSet } from './claim-set.js'
import { answeredVersion, foundRow, type Found } from './current-found.js'
import { ormWhere, sqlWhere } from './current-where.js'
import { outcomeOf } from './outcome.js'
import { inRowTerms } from './row-version.js'
import type { Remarks, WriteSession } from './session.js'
import { answerOf } from './settled.js'

/** ms: a Last-Modified that is younger may hide a second change in the same second (RFC 9110 §8.8.2.2) */
const STRONG_DATE_AGE = 1_000

/** A write under a claim, whose version is looked up under that claim by the application's own means. */
export async function currentSession(
  request: ClaimRequest,
  way: CurrentWay,
  within: ClaimSet | undefined,
): Promise<WriteSession | typeof ABORTED> {
  const claims = within === undefined ? await claimAll(request, { kind: 'unconditional' }) : borrowed(within)
  if (claims === ABORTED) return ABORTED
  try {
    const found = foundRow(way, await lookUp(request, way))
    judgeFound(request, found)
    return sessionOver(request, way, claims, found)
  } catch (error) {
    await claims.settle({ kind: 'unwritten' })
    throw error
  }
}

/** A look-up that never ends must not hold its key, which is renewed meanwhile, for longer than a dead one would. */
async function lookUp({ setup, req, key }: ClaimRequest, way: CurrentWay): Promise<unknown> {
  const answer = way.current(req)
  if (!isPromise(answer)) return answer
  try {
    return await within(answer, setup.clock, setup.claim.lease, 'current')
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_STORE_TIMEOUT') throw storeUnavailable(key.key, error)
    throw error
  }
}

/** The claims of the guard around this one, which ends them itself. */
function borrowed(claims: ClaimSet): ClaimSet {
  return {
    ...claims,
    get record() {
      return claims.record
    },
    get signal() {
      return claims.signal
    },
    settle: () => Promise.resolve({ settlement: 'settled', record: claims.record }),
    abandon: () => Promise.resolve(),
  }
}

function judgeFound(request: ClaimRequest, found: Found, raced = false): void {
  const { setup, key, demand, required, refuse } = request
  if (demand.dated && required && !tellsStatesApart(found, setup.clock.date()))
    refuse(refusal('precondition-required', { resource: key.key }))
  const expectation = inRowTerms(demand.expectation, found.state.modified)
  const verdict = judge(expectation, found.state)
  if (!verdict.pass) refuse(failedAt(request, demand, verdict, found, raced))
}

/** If-Unmodified-Since alone counts as a precondition only where a second change would show in it. */
function tellsStatesApart({ state }: Found, now: number): boolean {
  return state.modified !== undefined && now - state.modified >= STRONG_DATE_AGE
}

function failedAt(
  { setup, key }: ClaimRequest,
  { expectation }: Demand,
  verdict: Exclude<Verdict, { pass: true }>,
  { row, state }: Found,
  raced: boolean,
) {
  const version = row === undefined ? undefined : state.version
  return failedDemand(setup, verdict, { key: key.key, expectation, version, row, raced })
}

function sessionOver(request: ClaimRequest, way: CurrentWay, claims: ClaimSet, found: Found): WriteSession {
  const { req, key, demand } = request
  const remarks: Remarks = { unchanged: false, wrote: false }

  const missed = async (): Promise<never> => {
    const now = foundRow(way, await way.current(req))
    judgeFound(request, now, true)
    if (now.row === undefined) throw refusal('not-found', { resource: key.key })
    throw failedAt(
      request,
      demand,
      { pass: false, code: 'version-conflict', reason: 'stale', source: 'if-match' },
      now,
      true,
    )
  }

  const handle: CurrentWrite<unknown> = {
    ...baseHandle({ key: key.key, expectation: demand.expectation, remarks }),
    current: found.row,
    get signal() {
      return claims.signal
    },
    get fence() {
      return claims.record.fence
    },
    where: ((form?: 'sql', placeholder?: (position: number) => string) =>
      form === 'sql'
        ? sqlWhere(way, demand.expectation, found.row, placeholder)
        : ormWhere(way, demand.expectation, found.row)) as CurrentWrite<unknown>['where'],
    missed,
  }

  return {
    handle,
    claims,
    alsoDemand(name, expectation, by) {
      if (claims.own !== undefined)
        meets({ ...by, claims: request.claims }, name, expectation, claims.recordOf(name))
    },
    nextVersion: () => undefined,
    versionOfAnswer: (body) => answeredVersion(way, body, found),
    async settle(status) {
      const outcome = outcomeOf(status, remarks, req.method, key)
      const ending = await claims.settle(outcome)
      if (claims.own === undefined) return { version: undefined, outcome: outcome.kind }
      const unmoved = outcome.kind === 'unwritten' && found.row !== undefined
      return answerOf(key.key, outcome, ending, unmoved ? found.state.version : undefined)
    },
    abandon: () => claims.abandon(),
  }
}

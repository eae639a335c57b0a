import { refusal } from '../refusal.js'
import type { CurrentWay } from '../setup.js'
import { isStaleWrite } from '../stale-write.js'
import type { CurrentWrite, SqlOptions } from '../write-handle.js'
import { baseHandle } from './base-handle.js'
import { meets } from './claim-one.js'
import { areClaims, claimAll, type ClaimRequest, type ClaimSet } from './claim-set.js'
import { answeredVersion, type Found } from './current-found.js'
import { failedAt, lookUp, missedAt, verdictOn, type Look } from './current-look.js'
import { ormWhere, sqlWhere } from './current-where.js'
import { outcomeOf } from './outcome.js'
import type { Opened, Remarks, WriteSession } from './session.js'
import { answerOf } from './settled.js'

/** ms: a Last-Modified that is younger may hide a second change in the same second (RFC 9110 §8.8.2.2) */
const STRONG_DATE_AGE = 1_000

/** A write under a claim, whose version is looked up under that claim by the application's own means. */
export async function currentSession(
  request: ClaimRequest,
  way: CurrentWay,
  within: ClaimSet | undefined,
): Promise<Opened> {
  const claims = within === undefined ? await claimAll(request, { kind: 'unconditional' }) : borrowed(within)
  if (!areClaims(claims)) return claims
  const look = lookUp(request, way)
  try {
    const found = await look()
    judgeFound(request, found)
    return sessionOver(request, way, claims, found, look)
  } catch (error) {
    await claims.settle({ kind: 'unwritten' })
    throw error
  }
}

/** The claims of the guard around this one, which ends them itself. */
function borrowed(claims: ClaimSet): ClaimSet {
  return {
    get keys() {
      return claims.keys
    },
    own: claims.own,
    get record() {
      return claims.record
    },
    recordOf: (key) => claims.recordOf(key),
    get signal() {
      return claims.signal
    },
    also: (request, names) => claims.also(request, names),
    settle: () => ({ settlement: 'settled', record: claims.record }),
    abandon: () => undefined,
  }
}

function judgeFound(request: ClaimRequest, found: Found): void {
  const { setup, key, demand, required, refuse } = request
  if (demand.dated && required && !tellsStatesApart(found, setup.clock.date()))
    refuse(refusal('precondition-required', { resource: key.key }))
  const verdict = verdictOn(request, found)
  if (!verdict.pass) refuse(failedAt(request, verdict, found))
}

/** If-Unmodified-Since alone counts as a precondition only where a second change would show in it. */
function tellsStatesApart({ state }: Found, now: number): boolean {
  return state.modified !== undefined && now - state.modified >= STRONG_DATE_AGE
}

function sessionOver(
  request: ClaimRequest,
  way: CurrentWay,
  claims: ClaimSet,
  found: Found,
  look: Look,
): WriteSession {
  const { req, key, demand, refuse } = request
  const remarks: Remarks = { unchanged: false, wrote: false }

  const effect = () => (remarks.wrote ? 'unknown' : 'no')

  const missed = async (): Promise<never> => {
    const problem = missedAt(request, await look(), { applied: effect() })
    refuse(problem)
    throw problem
  }

  /** an ORM's error is about this row only where it is gone, or in another state than the one that was judged */
  const explained = async (cause: unknown): Promise<unknown> => {
    const now = await look().catch(() => undefined)
    if (now === undefined) return cause
    if (now.row !== undefined && now.state.version === found.state.version) return cause
    try {
      refuse(missedAt(request, now, { cause, applied: effect() }))
    } catch (problem) {
      return problem
    }
    return cause
  }
  const known = new WeakMap<object, Promise<unknown>>()

  const handle: CurrentWrite<unknown> = {
    ...baseHandle({ key: key.key, expectation: demand.expectation, remarks }),
    current: found.row,
    get signal() {
      return claims.signal
    },
    get fence() {
      return claims.record.fence
    },
    where: ((form?: 'sql', options?: SqlOptions) =>
      form === 'sql'
        ? sqlWhere(way, demand.expectation, found, options)
        : ormWhere(way, demand.expectation, found)) as CurrentWrite<unknown>['where'],
    missed,
  }

  return {
    handle,
    claims,
    alsoDemand(name, expectation, by) {
      if (claims.own !== undefined) meets(by, request.claims.epoch, name, expectation, claims.recordOf(name))
    },
    nextVersion: () => undefined,
    explain(error) {
      if (typeof error !== 'object' || error === null || !isStaleWrite(error, way.stale)) return undefined
      const explaining = known.get(error) ?? explained(error)
      known.set(error, explaining)
      return explaining
    },
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

import type { Ending } from '../../claims/held-claim.js'
import type { Expectation } from '../../core/expectation.js'
import type { MaybePromise } from '../../core/ledger.js'
import type { Outcome } from '../../core/machine.js'
import { isPromise } from '../../core/promise.js'
import { refusal } from '../../core/refusal.js'
import type { CurrentWay } from '../setup.js'
import { isStaleWrite } from '../stale-write.js'
import type { Writing } from './base-handle.js'
import { BorrowedClaims } from './borrowed-claims.js'
import { meets } from './claim-one.js'
import { areClaims, claimAll, movePast, type ClaimRequest, type ClaimSet } from './claim-set.js'
import { answeredVersion, shownVersion, type Found } from './current-found.js'
import { CurrentHandle } from './current-handle.js'
import { failedAt, lookUp, missedAt, verdictOn, type Look } from './current-look.js'
import { outcomeOf } from './outcome.js'
import type { Judge, Opened, Remarks, Settled, WriteSession } from './session.js'
import { answerOf } from './settled.js'

/** ms: a Last-Modified that is younger may hide a second change in the same second (RFC 9110 §8.8.2.2) */
const STRONG_DATE_AGE = 1_000

/** A write under a claim, whose version is looked up under that claim by the application's own means. */
export async function currentSession(
  request: ClaimRequest,
  way: CurrentWay,
  within: ClaimSet | undefined,
): Promise<Opened> {
  const claims =
    within === undefined ? await claimAll(request, { kind: 'unconditional' }) : new BorrowedClaims(within)
  if (!areClaims(claims)) return claims
  const look = lookUp(request, way)
  try {
    const found = await look()
    judgeFound(request, found)
    return new CurrentSession(request, way, claims, found, look)
  } catch (error) {
    await claims.settle({ kind: 'unwritten' })
    throw error
  }
}

function judgeFound(request: ClaimRequest, found: Found): void {
  const { setup, key, demand, required } = request
  if (demand.dated && required && !tellsStatesApart(found, setup.clock.date()))
    request.refuse(refusal('precondition-required', { resource: key.key }))
  const verdict = verdictOn(request, found)
  if (!verdict.pass) request.refuse(failedAt(request, verdict, found))
}

/** If-Unmodified-Since alone counts as a precondition only where a second change would show in it. */
function tellsStatesApart({ state }: Found, now: number): boolean {
  return state.modified !== undefined && now - state.modified >= STRONG_DATE_AGE
}

/** A write under its claims, on the row that was found under them. */
export class CurrentSession implements WriteSession, Writing {
  readonly handle: CurrentHandle
  readonly remarks: Remarks = { unchanged: false, wrote: false }
  /** the handler writes by its own means, and says so: `remarks.wrote` */
  readonly applied = false
  readonly #look: Look
  /** the version in the request's body, before a handler makes the new row of it */
  readonly #sent: string | undefined
  /** it has ended as one that wrote nothing */
  #kept = false
  /** what each error of the handler's was found to mean */
  #explained: WeakMap<object, Promise<unknown>> | undefined

  constructor(
    readonly request: ClaimRequest,
    readonly way: CurrentWay,
    readonly claims: ClaimSet,
    readonly found: Found,
    look: Look,
  ) {
    this.#look = look
    this.#sent = shownVersion(way, request.req.body, found)
    this.handle = new CurrentHandle(this)
  }

  /** nothing is written through the handle, so nothing of it can have failed */
  excuse(): void {
    return
  }

  wroteAfterAll(): void {
    if (this.#kept) void movePast(this.request.claims, this.claims.keys)
    this.#kept = false
  }

  async missed(): Promise<never> {
    const problem = missedAt(this.request, await this.#look(), { applied: this.#effect })
    this.request.refuse(problem)
    throw problem
  }

  alsoDemand(name: string, expectation: Expectation, by: Judge): void {
    const { claims, request } = this
    if (claims.own !== undefined) meets(by, request.claims.epoch, name, expectation, claims.recordOf(name))
  }

  nextVersion(): undefined {
    return undefined
  }

  explain(error: unknown): Promise<unknown> | undefined {
    if (typeof error !== 'object' || error === null || !isStaleWrite(error, this.way.stale)) return undefined
    this.#explained ??= new WeakMap()
    const explaining = this.#explained.get(error) ?? this.#explain(error)
    this.#explained.set(error, explaining)
    return explaining
  }

  versionOfAnswer(body: unknown): string | undefined {
    return answeredVersion(this.way, body, this.found, this.#sent)
  }

  settle(status: number): MaybePromise<Settled> {
    const { req, key } = this.request
    const outcome = outcomeOf(status, this.remarks, req.method, key)
    this.#kept = outcome.kind === 'unwritten'
    const ending = this.claims.settle(outcome)
    return isPromise(ending)
      ? ending.then((ended) => this.#settled(outcome, ended))
      : this.#settled(outcome, ending)
  }

  abandon(): MaybePromise<void> {
    return this.claims.abandon()
  }

  get #effect(): 'unknown' | 'no' {
    return this.remarks.wrote ? 'unknown' : 'no'
  }

  /** an ORM's error is about this row only where it is gone, or in another state than the one that was judged */
  async #explain(cause: unknown): Promise<unknown> {
    const { request, found } = this
    const now = await this.#look().catch(() => undefined)
    if (now === undefined) return cause
    if (now.row !== undefined && now.state.version === found.state.version) return cause
    try {
      request.refuse(missedAt(request, now, { cause, applied: this.#effect }))
    } catch (problem) {
      return problem
    }
    return cause
  }

  #settled(outcome: Outcome, ending: Ending): Settled {
    const { claims, found, request } = this
    if (claims.own === undefined) return { version: undefined, outcome: outcome.kind }
    const unmoved = outcome.kind === 'unwritten' && found.row !== undefined
    return answerOf(request.key.key, outcome, ending, unmoved ? found.state.version : undefined)
  }
}

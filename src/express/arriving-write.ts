import type { ServerResponse } from 'node:http'
import type { MaybePromise } from '../core/ledger.js'
import { isPromise } from '../core/promise.js'
import { isAuthorized } from './authorized.js'
import { bodyArrival, type Arrival } from './body-arrival.js'
import { demandOf, NO_DEMAND, type Demand } from './demand.js'
import type { ExpressRequest } from './express-types.js'
import type { GuardMode } from './guard.js'
import { hold, holderOf, type Holder } from './holders.js'
import type { RequestKey } from './key.js'
import { refusal } from './refusal.js'
import { RefusalWatch } from './refusal-watch.js'
import { setupFor } from './request-mode.js'
import { ABORTED } from './sessions/claim-set.js'
import { keysOf } from './sessions/keys-of-write.js'
import { openSession } from './sessions/open-session.js'
import type { Judge, SessionRequest, WriteSession } from './sessions/session.js'
import type { Setup } from './setup.js'
import { WaitingClient } from './waiting-client.js'

/** A write that its guard has let in. */
export interface GuardedWrite {
  readonly kind: 'guarded'
  readonly setup: Setup
  readonly key: RequestKey
  readonly holder: Holder
  readonly watch: RefusalWatch
}

/** How a write begins. `unguarded`: it goes to its handler as it came, or under the guard around this one. */
export type Begun = GuardedWrite | { readonly kind: 'unguarded'; readonly within?: Holder } | 'aborted'

const UNGUARDED: Begun = { kind: 'unguarded' }

/** A write on its way to its handler: who it is, what it is about, what it demands, and its claim. */
export class ArrivingWrite {
  readonly #setup: Setup
  readonly #mode: GuardMode
  readonly #req: ExpressRequest
  readonly #res: ServerResponse
  readonly #watch: RefusalWatch

  constructor(options: Setup, mode: GuardMode, req: ExpressRequest, res: ServerResponse) {
    this.#setup = setupFor(options, req)
    this.#mode = mode
    this.#req = req
    this.#res = res
    this.#watch = new RefusalWatch(this.#setup, req)
  }

  /** Throws, or rejects with, the refusal. */
  begin(): MaybePromise<Begun> {
    const allowed = isAuthorized(this.#setup, this.#req)
    return isPromise(allowed) ? allowed.then((answer) => this.#identify(answer)) : this.#identify(allowed)
  }

  #identify(allowed: boolean): MaybePromise<Begun> {
    if (!allowed) this.#watch.forbid()
    const key = this.#key()
    if (key === undefined) return UNGUARDED
    this.#watch.key = key.key
    const arrival = bodyArrival(this.#req)
    return isPromise(arrival) ? arrival.then((how) => this.#demand(key, how)) : this.#demand(key, arrival)
  }

  #key(): RequestKey | undefined {
    try {
      return this.#setup.key.read(this.#req)
    } catch (error) {
      this.#watch.excuse(error)
      return undefined
    }
  }

  #demand(key: RequestKey, arrival: Arrival): MaybePromise<Begun> {
    if (arrival === 'aborted') return 'aborted'
    const read = this.#readDemand()
    const demand = read ?? NO_DEMAND
    const outer = this.#holderOf(key.key)
    // the guard around this one may have taken the version out of the body already
    if (
      this.#mode.required &&
      read?.expectation.kind === 'unconditional' &&
      (outer === undefined || outer.session.handle.expected.kind === 'unconditional')
    )
      this.#watch.refuse(refusal('precondition-required', { resource: key.key }))
    return outer === undefined ? this.#open(key, demand, undefined) : this.#nested(key, demand, outer)
  }

  #readDemand(): Demand | undefined {
    try {
      return demandOf(this.#setup, this.#req)
    } catch (error) {
      this.#watch.excuse(error)
      return undefined
    }
  }

  async #nested(key: RequestKey, demand: Demand, outer: Holder): Promise<Begun> {
    const isLedger = this.#setup.way.kind === 'ledger'
    const judge: Judge = { setup: this.#setup, refuse: this.#watch.refuse }
    if (isLedger) outer.session.alsoDemand(key.key, demand.expectation, judge)
    await this.#moveWithin(key, outer, judge)
    return isLedger ? { kind: 'unguarded', within: outer } : this.#open(key, demand, outer.session)
  }

  #open(key: RequestKey, demand: Demand, outer: WriteSession | undefined): MaybePromise<Begun> {
    const client = new WaitingClient(this.#res)
    const request: SessionRequest = {
      setup: this.#setup,
      refuse: this.#watch.refuse,
      req: this.#req,
      res: this.#res,
      key,
      demand,
      required: this.#mode.required,
      transaction: this.#mode.transaction,
      client,
    }
    const opened = openSession(request, outer?.claims)
    if (!isPromise(opened)) {
      client.served()
      return this.#opened(key, opened)
    }
    return opened
      .finally(() => {
        client.served()
      })
      .then((session) => this.#opened(key, session))
  }

  #opened(key: RequestKey, session: WriteSession | typeof ABORTED): Begun {
    if (session === ABORTED) return 'aborted'
    const holder: Holder = { session, answer: undefined }
    const { claims } = session
    if (claims === undefined) this.#hold(key.key, holder)
    else for (const name of claims.keys) this.#hold(name, holder)
    return { kind: 'guarded', setup: this.#setup, key, holder, watch: this.#watch }
  }

  #hold(name: string, holder: Holder): void {
    if (this.#holderOf(name) === undefined) hold(this.#req, this.#setup.ledger, name, holder)
  }

  /** The guard around this one that holds the key; one that `observe` let go without its claim holds nothing. */
  #holderOf(name: string): Holder | undefined {
    const { ledger, observing } = this.#setup
    const holder = holderOf(this.#req, ledger, name)
    const claims = holder?.session.claims
    return claims !== undefined && claims.own === undefined && !observing ? undefined : holder
  }

  /** What this guard moves and no guard around it holds yet is claimed by the outer one, and ends with it. */
  async #moveWithin(key: RequestKey, outer: Holder, judge: Judge): Promise<void> {
    const { claims, ledger } = this.#setup
    const request = { ...judge, req: this.#req, key }
    const more = keysOf(request).filter((name) => holderOf(this.#req, ledger, name) === undefined)
    if (claims === undefined || more.length === 0) return
    const { session } = outer
    if (session.claims === undefined) session.alsoMove?.(more)
    else await session.claims.also({ ...request, claims }, more)
    for (const name of session.claims?.keys ?? more)
      if (holderOf(this.#req, ledger, name) === undefined) hold(this.#req, ledger, name, outer)
  }
}

import type { ServerResponse } from 'node:http'
import type { Claims } from '../claims/claims.js'
import type { Client } from '../claims/queue.js'
import type { IfMatchError } from '../core/errors.js'
import type { MaybePromise } from '../core/ledger.js'
import { isPromise } from '../core/promise.js'
import { isAuthorized } from './authorized.js'
import { bodyArrival, type Arrival } from './body-arrival.js'
import { demandOf, NO_DEMAND, type Demand } from './demand.js'
import type { ExpressRequest } from './express-types.js'
import type { GuardMode } from './guard.js'
import type { HeldWrite } from './guarded-answer.js'
import { hold, holderOf, type Holder } from './holders.js'
import type { RequestKey } from './key.js'
import { isIfMatchError } from './problems.js'
import { refusal } from '../core/refusal.js'
import { withoutStack } from './without-stack.js'
import { RefusalWatch } from './refusal-watch.js'
import { setupFor } from './request-mode.js'
import { ABORTED } from './sessions/claim-set.js'
import { keysOf } from './sessions/keys-of-write.js'
import { hasClaims, openSession } from './sessions/open-session.js'
import type { Opened, SessionRequest, WriteSession } from './sessions/session.js'
import type { Setup } from './setup.js'
import { WaitingClient } from './waiting-client.js'

/** How a write begins. `unguarded`: it goes to its handler as it came, or under the guard around this one. */
export type Begun =
  GuardedWrite | { readonly kind: 'unguarded'; readonly within?: Holder } | IfMatchError | 'aborted'

/** A write that its guard has let in. */
export type GuardedWrite = ArrivingWrite & { readonly session: WriteSession }

/** before it is known */
const NO_KEY: RequestKey = { key: '', below: false, identity: {} }
const UNGUARDED: Begun = { kind: 'unguarded' }

/**
 * A write on its way to its handler: who it is, what it is about, what it demands, and its claim. One object from the
 * beginning to the end, since a guard that makes several for each write costs as much as their garbage.
 */
export class ArrivingWrite implements SessionRequest, Holder, Client {
  readonly kind = 'guarded'
  readonly setup: Setup
  readonly claims: Claims | undefined
  readonly req: ExpressRequest
  readonly res: ServerResponse
  readonly required: boolean
  readonly transaction: boolean
  readonly watch: RefusalWatch
  readonly arrived: number
  readonly client: Client = this
  key: RequestKey = NO_KEY
  demand: Demand = NO_DEMAND
  session: WriteSession | undefined = undefined
  answer: HeldWrite | undefined = undefined
  #waiting: WaitingClient | undefined
  #opened = false
  /** a guard around this one writes in a transaction, and holds the key no longer, or never did */
  #alone = false

  constructor(
    options: Setup,
    { required, transaction }: GuardMode,
    req: ExpressRequest,
    res: ServerResponse,
  ) {
    this.setup = setupFor(options, req)
    this.claims = this.setup.claims
    this.req = req
    this.res = res
    this.required = required
    this.transaction = transaction
    this.watch = new RefusalWatch(this.setup, req)
    this.arrived = req.headers['prefer'] === undefined ? 0 : options.clock.now()
  }

  refuse(error: IfMatchError): void {
    this.watch.refuse(error)
  }

  enforces(error: IfMatchError): boolean {
    return this.watch.enforces(error)
  }

  /** once its handler runs, whoever waits does so for the handler, and not for the client */
  gone(): AbortSignal {
    this.#waiting ??= new WaitingClient(this.res, !this.#opened)
    return this.#waiting.signal
  }

  /** Gives, throws, or rejects with, the refusal. */
  begin(): MaybePromise<Begun> {
    const allowed = isAuthorized(this.setup, this.req)
    return isPromise(allowed) ? allowed.then((answer) => this.#identify(answer)) : this.#identify(allowed)
  }

  #identify(allowed: boolean): MaybePromise<Begun> {
    if (!allowed) this.watch.forbid()
    const key = this.#key()
    if (key === undefined) return UNGUARDED
    this.key = key
    this.watch.key = key.key
    const arrival = bodyArrival(this.req, this.res)
    return isPromise(arrival) ? arrival.then((how) => this.#demand(how)) : this.#demand(arrival)
  }

  #key(): RequestKey | undefined {
    try {
      return this.setup.key.read(this.req)
    } catch (error) {
      this.watch.excuse(error)
      return undefined
    }
  }

  #demand(arrival: Arrival): MaybePromise<Begun> {
    if (arrival === 'aborted') return 'aborted'
    const read = this.#readDemand()
    this.demand = read ?? NO_DEMAND
    const { key } = this
    const outer = this.#holderOf(key.key)
    // the guard around this one may have taken the version out of the body already
    if (
      this.required &&
      read?.expectation.kind === 'unconditional' &&
      (outer === undefined || heldBy(outer).handle.expected.kind === 'unconditional')
    )
      this.watch.refuse(withoutStack(() => refusal('precondition-required', { resource: key.key })))
    return outer === undefined ? this.#open(undefined) : this.#nested(outer)
  }

  #readDemand(): Demand | undefined {
    try {
      return demandOf(this.setup, this.req)
    } catch (error) {
      this.watch.excuse(error)
      return undefined
    }
  }

  async #nested(outer: Holder): Promise<Begun> {
    const isLedger = this.setup.way.kind === 'ledger'
    if (!isLedger && heldBy(outer).claims?.stands(this.key.key) !== true) {
      this.#alone = true
      return this.#open(undefined)
    }
    if (isLedger) heldBy(outer).alsoDemand(this.key.key, this.demand.expectation, this)
    await this.#moveWithin(outer)
    return isLedger ? { kind: 'unguarded', within: outer } : this.#open(outer.session)
  }

  #open(outer: WriteSession | undefined): MaybePromise<Begun> {
    const opened = openSession(this, outer?.claims)
    return isPromise(opened) ? this.#openLater(opened) : this.#hold(opened)
  }

  async #openLater(opening: Promise<Opened>): Promise<Begun> {
    try {
      return this.#hold(await opening)
    } finally {
      this.#waiting?.served()
    }
  }

  #hold(session: Opened): Begun {
    this.#opened = true
    if (session === ABORTED) return 'aborted'
    if (isIfMatchError(session)) return session
    this.session = session
    if (this.setup.moves === undefined || session.claims === undefined) this.#holdKey(this.key.key)
    else for (const name of session.claims.keys) this.#holdKey(name)
    return this as GuardedWrite
  }

  #holdKey(name: string): void {
    if (this.#alone || this.#holderOf(name) === undefined) hold(this.req, this.setup.ledger, name, this)
  }

  /** The guard around this one that holds the key; one that `observe` let go without its claim holds nothing. */
  #holderOf(name: string): Holder | undefined {
    const { ledger, observing } = this.setup
    const holder = holderOf(this.req, ledger, name)
    const claims = holder?.session?.claims
    return claims !== undefined && claims.own === undefined && !observing ? undefined : holder
  }

  /** What this guard moves and no guard around it holds yet is claimed by the outer one, and ends with it. */
  async #moveWithin(outer: Holder): Promise<void> {
    const { ledger } = this.setup
    const more = keysOf(this).filter((name) => holderOf(this.req, ledger, name) === undefined)
    if (!hasClaims(this) || more.length === 0) return
    const session = heldBy(outer)
    if (session.claims === undefined) session.alsoMove?.(more)
    else await session.claims.also(this, more)
    for (const name of session.claims?.keys ?? more)
      if (holderOf(this.req, ledger, name) === undefined) hold(this.req, ledger, name, outer)
  }
}

/** Of a guard whose handler runs. */
function heldBy({ session }: Holder): WriteSession {
  return session as WriteSession
}

import type { ServerResponse } from 'node:http'
import { isAuthorized } from './authorized.js'
import { bodyArrival } from './body-arrival.js'
import { demandOf, NO_DEMAND } from './demand.js'
import type { ExpressRequest, Next } from './express-types.js'
import { holdForSession } from './guarded-answer.js'
import { holdersOf, type Holder } from './holders.js'
import type { RequestKey } from './key.js'
import { refusal } from './refusal.js'
import type { RequestEvents } from './request-events.js'
import { setupFor } from './request-mode.js'
import { watchRefusals } from './refusal-watch.js'
import { respond } from './respond.js'
import { ABORTED, type FurtherClaims } from './sessions/claim-set.js'
import { keysOf } from './sessions/keys-of-write.js'
import { openSession } from './sessions/open-session.js'
import type { Judge, SessionRequest, WriteSession } from './sessions/session.js'
import type { Setup } from './setup.js'
import { attachExplain } from './stale-write.js'
import { attachHandle } from './write-handle.js'

/** How a route is guarded, beside the options of its `ifMatch()`. */
export interface GuardMode {
  readonly required: boolean
  /** the handler writes inside `write.transaction`, and needs no claim */
  readonly transaction: boolean
  /** runs the handler; under `wrap` the answer also waits for what it resolves to */
  readonly run: (session: WriteSession | undefined) => Promise<unknown> | undefined
}

/** How a write begins. `unguarded`: it goes to its handler as it came, or under the guard around this one. */
type Begun =
  | {
      readonly kind: 'session'
      readonly setup: Setup
      readonly key: RequestKey
      readonly holder: Holder
      readonly events: RequestEvents
    }
  | { readonly kind: 'unguarded'; readonly within?: Holder }
  | { readonly kind: 'aborted' }

/** RFC 9110 §9.2.1, §13.2.1: safe methods change nothing, and CONNECT selects no representation. */
const UNGUARDED = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT'])

/** Everything between a write's arrival and its handler; then the handler, with its answer held. */
export async function guardWrite(
  options: Setup,
  mode: GuardMode,
  req: ExpressRequest,
  res: ServerResponse,
  next: Next,
): Promise<void> {
  let begun: Begun
  try {
    begun = UNGUARDED.has(req.method ?? '') ? { kind: 'unguarded' } : await begin(options, mode, req, res)
  } catch (error) {
    respond(options, error, req, res, next)
    return
  }
  if (begun.kind === 'session') {
    const { setup, key, holder, events } = begun
    attachHandle(req, holder.session.handle)
    if (holder.session.explain !== undefined) attachExplain(req, holder.session.explain)
    const { session } = holder
    holder.answer = holdForSession({ setup, req, res, next, key, session, events, run: mode.run })
  } else if (begun.kind === 'unguarded') {
    const running = mode.run(undefined)
    // the answer is in the hands of the guard around this one, which must wait for this handler as well
    if (begun.within?.answer !== undefined && running !== undefined) begun.within.answer.join(running)
    else running?.catch(next)
  }
}

async function begin(
  options: Setup,
  mode: GuardMode,
  req: ExpressRequest,
  res: ServerResponse,
): Promise<Begun> {
  const setup = setupFor(options, req)
  const watch = watchRefusals(setup, req)
  if (!(await isAuthorized(setup, req))) watch.forbid()
  const key = watch.attempt(() => setup.key.read(req), undefined)
  if (key === undefined) return { kind: 'unguarded' }
  watch.key = key.key
  if ((await bodyArrival(req)) === 'aborted') return { kind: 'aborted' }

  const read = watch.attempt(() => demandOf(setup, req), undefined)
  const demand = read ?? NO_DEMAND
  const holders = holdersOf(req, setup.ledger)
  const outer = holderFor(setup, holders.get(key.key))
  // the guard around this one may have taken the version out of the body already
  const demands = [read?.expectation, outer?.session.handle.expected].filter(
    (demanded) => demanded !== undefined,
  )
  if (mode.required && read !== undefined && demands.every(({ kind }) => kind === 'unconditional'))
    watch.refuse(refusal('precondition-required', { resource: key.key }))

  const judge: Judge = { setup, refuse: (error) => watch.refuse(error) }
  if (outer !== undefined) {
    if (setup.way.kind === 'ledger') outer.session.alsoDemand(key.key, demand.expectation, judge)
    await moveWithin(outer, holders, { ...judge, req, key })
    if (setup.way.kind === 'ledger') return { kind: 'unguarded', within: outer }
  }
  const { required, transaction } = mode
  const opened = await open({ ...judge, req, res, key, demand, required, transaction }, outer?.session)
  if (opened === ABORTED) return { kind: 'aborted' }
  const holder: Holder = { session: watch.reporting(opened), answer: undefined }
  for (const name of opened.claims?.keys ?? [key.key])
    if (holderFor(setup, holders.get(name)) === undefined) holders.set(name, holder)
  return { kind: 'session', setup, key, holder, events: watch.events }
}

/** The guard around this one that holds the key; one that `observe` let go without its claim holds nothing. */
function holderFor({ observing }: Setup, holder: Holder | undefined): Holder | undefined {
  const claims = holder?.session.claims
  return claims !== undefined && claims.own === undefined && !observing ? undefined : holder
}

/** What this guard moves and no guard around it holds yet is claimed by the outer one, and ends with it. */
async function moveWithin(
  outer: Holder,
  holders: Map<string, Holder>,
  request: Omit<FurtherClaims, 'claims'>,
): Promise<void> {
  const { claims } = request.setup
  const more = keysOf(request).filter((name) => !holders.has(name))
  if (claims === undefined || more.length === 0) return
  const { session } = outer
  if (session.claims === undefined) session.alsoMove?.(more)
  else await session.claims.also({ ...request, claims }, more)
  for (const name of session.claims?.keys ?? more) if (!holders.has(name)) holders.set(name, outer)
}

async function open(
  request: Omit<SessionRequest, 'signal'>,
  outer: WriteSession | undefined,
): Promise<WriteSession | typeof ABORTED> {
  const { res } = request
  const controller = new AbortController()
  const onClose = () => {
    controller.abort()
  }
  res.once('close', onClose)
  try {
    return await openSession({ ...request, signal: controller.signal }, outer?.claims)
  } finally {
    res.off('close', onClose)
  }
}

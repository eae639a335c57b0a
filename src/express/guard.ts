import type { ServerResponse } from 'node:http'
import { publishRefused } from './events.js'
import { bodyArrival } from './body-arrival.js'
import { demandOf, type Demand } from './demand.js'
import type { ExpressRequest, Next } from './express-types.js'
import { holdForSession } from './guarded-answer.js'
import type { RequestKey } from './key.js'
import { refusal } from './refusal.js'
import { isRefusal } from './problems.js'
import { respond } from './respond.js'
import { ABORTED } from './sessions/claim-set.js'
import { openSession, type SessionRequest } from './sessions/open-session.js'
import type { WriteSession } from './sessions/session.js'
import { unclaimedSession } from './sessions/unclaimed-session.js'
import type { Setup } from './setup.js'
import { attachHandle } from './write-handle.js'

/** How a route is guarded, beside the options of its `ifMatch()`. */
export interface GuardMode {
  readonly required: boolean
  /** the handler writes inside `write.transaction`, and needs no claim */
  readonly transaction: boolean
  /** runs the handler; under `wrap` the answer also waits for what it resolves to */
  readonly run: (session: WriteSession | undefined) => Promise<unknown> | undefined
}

const HELD_KEYS = Symbol('express-if-match.held')
type Holding = ExpressRequest & { [HELD_KEYS]?: Map<object, Set<string>> }

/** RFC 9110 §9.2.1, §13.2.1: safe methods change nothing, and CONNECT selects no representation. */
const UNGUARDED = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT'])

/** Everything between a write's arrival and its handler; then the handler, with its answer held. */
export async function guardWrite(
  setup: Setup,
  mode: GuardMode,
  req: ExpressRequest,
  res: ServerResponse,
  next: Next,
): Promise<void> {
  let key: RequestKey | undefined
  let session: WriteSession | undefined
  try {
    if (UNGUARDED.has(req.method ?? '')) {
      void mode.run(undefined)
      return
    }
    await authorized(setup, req)
    key = setup.key.read(req)
    if (key === undefined) {
      void mode.run(undefined)
      return
    }
    if ((await bodyArrival(req)) === 'aborted') return
    const demand = demandOf(setup, req)
    const missing = demand.expectation.kind === 'unconditional'
    if (missing && mode.required) throw refusal('precondition-required', { resource: key.key })
    if (alreadyHeld(setup, req, key)) {
      void mode.run(undefined)
      return
    }
    const opened = await open({ setup, req, res, key, demand, transaction: mode.transaction })
    if (opened === ABORTED) return
    session = opened
  } catch (error) {
    if (!observed(setup, error, req, key)) {
      respond(setup, error, req, res, next)
      return
    }
    if (key !== undefined) session = unclaimedSession(setup.claims, req, key)
  }
  if (session === undefined || key === undefined) {
    void mode.run(undefined)
    return
  }
  attachHandle(req, session.handle)
  holdForSession({ setup, req, res, next, key, session, run: mode.run })
}

async function authorized(setup: Setup, req: ExpressRequest): Promise<void> {
  if (setup.authorize !== undefined && !(await setup.authorize(req))) throw refusal('forbidden')
}

/** A guard inside a guarded tree: its claim stands already, and another on the same key would wait for it forever. */
function alreadyHeld({ ledger }: Setup, req: Holding, { key }: RequestKey): boolean {
  if (ledger === undefined) return false
  const held = (req[HELD_KEYS] ??= new Map())
  const keys = held.get(ledger) ?? new Set()
  held.set(ledger, keys)
  if (keys.has(key)) return true
  keys.add(key)
  return false
}

async function open(
  request: Omit<SessionRequest, 'signal'> & { readonly res: ServerResponse; readonly demand: Demand },
): Promise<WriteSession | typeof ABORTED> {
  const { res } = request
  const controller = new AbortController()
  const onClose = () => {
    controller.abort()
  }
  res.once('close', onClose)
  try {
    return await openSession({ ...request, signal: controller.signal })
  } finally {
    res.off('close', onClose)
  }
}

/** Reports a refusal; true where it is only watched (`mode: 'observe'`). */
function observed(setup: Setup, error: unknown, req: ExpressRequest, key: RequestKey | undefined): boolean {
  if (!isRefusal(error)) return false
  const { code, reason } = error.problem
  const enforced = !setup.observing || code === 'forbidden'
  publishRefused(() => ({ key: key?.key, code, reason, method: req.method, enforced, request: req }))
  return !enforced
}

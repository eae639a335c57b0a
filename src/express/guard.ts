import type { ServerResponse } from 'node:http'
import type { MaybePromise } from '../core/ledger.js'
import { isPromise } from '../core/promise.js'
import { ArrivingWrite, type Begun } from './arriving-write.js'
import type { ExpressRequest, Next } from './express-types.js'
import { HeldWrite } from './guarded-answer.js'
import { UNGUARDED } from './methods.js'
import { isIfMatchError } from './problems.js'
import { respond } from './respond.js'
import type { WriteSession } from './sessions/session.js'
import type { Setup } from './setup.js'
import { attachExplainer } from './stale-write.js'
import { attachHandle } from './request-handle.js'

/** How a route is guarded, beside the options of its `ifMatch()`. */
export interface GuardMode {
  readonly required: boolean
  /** the handler writes inside `write.transaction`, and needs no claim */
  readonly transaction: boolean
}

/** Runs the handler that `wrap` was given; the answer also waits for what it resolves to. */
export type Run = (session: WriteSession | undefined) => Promise<unknown> | undefined

/**
 * Everything between a write's arrival and its handler; then the handler, with its answer held. Where nothing has to
 * be waited for, the handler runs before this returns. Without `run`, whatever comes next in the application is the
 * handler.
 */
export function guardWrite(
  options: Setup,
  mode: GuardMode,
  run: Run | undefined,
  req: ExpressRequest,
  res: ServerResponse,
  next: Next,
): void {
  if (UNGUARDED.has(req.method ?? '')) {
    pass(run, next)
    return
  }
  let begun: MaybePromise<Begun>
  try {
    begun = new ArrivingWrite(options, mode, req, res).begin()
  } catch (error) {
    respond(options, error, req, res, next)
    return
  }
  if (isPromise(begun)) void guardLater(options, run, req, res, next, begun)
  else runGuarded(options, begun, run, req, res, next)
}

async function guardLater(
  options: Setup,
  run: Run | undefined,
  req: ExpressRequest,
  res: ServerResponse,
  next: Next,
  beginning: Promise<Begun>,
): Promise<void> {
  let begun: Begun
  try {
    begun = await beginning
  } catch (error) {
    respond(options, error, req, res, next)
    return
  }
  runGuarded(options, begun, run, req, res, next)
}

function runGuarded(
  options: Setup,
  begun: Begun,
  run: Run | undefined,
  req: ExpressRequest,
  res: ServerResponse,
  next: Next,
): void {
  if (begun === 'aborted') return
  if (isIfMatchError(begun)) {
    respond(options, begun, req, res, next)
    return
  }
  if (begun.kind === 'guarded') {
    const { session } = begun
    attachHandle(req, session.handle)
    if (session.explain !== undefined) attachExplainer(req, session)
    const held = new HeldWrite(begun, req, res, next)
    begun.answer = held
    if (run === undefined) next()
    else held.runAwaited(() => run(session))
    return
  }
  const { within } = begun
  if (within?.answer === undefined || run === undefined) pass(run, next)
  // the answer is in the hands of the guard around this one, which must wait for this handler as well
  else within.answer.runAwaited(() => run(undefined))
}

function pass(run: Run | undefined, next: Next): void {
  if (run === undefined) next()
  else run(undefined)?.catch(next)
}

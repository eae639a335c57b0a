import type { ServerResponse } from 'node:http'
import type { MaybePromise } from '../core/ledger.js'
import { isPromise } from '../core/promise.js'
import { ArrivingWrite, type Begun } from './arriving-write.js'
import type { ExpressRequest, Next } from './express-types.js'
import { HeldWrite } from './guarded-answer.js'
import { respond } from './respond.js'
import type { WriteSession } from './sessions/session.js'
import type { Setup } from './setup.js'
import { attachExplain } from './stale-write.js'
import { attachHandle } from './write-handle.js'

/** How a route is guarded, beside the options of its `ifMatch()`. */
export interface GuardMode {
  readonly required: boolean
  /** the handler writes inside `write.transaction`, and needs no claim */
  readonly transaction: boolean
  /** `wrap`: the handler is run here, and the answer waits for its promise */
  readonly awaited: boolean
}

/** Runs the handler; under `wrap` the answer also waits for what it resolves to. */
export type Run = (session: WriteSession | undefined) => Promise<unknown> | undefined

/** RFC 9110 §9.2.1, §13.2.1: safe methods change nothing, and CONNECT selects no representation. */
const UNGUARDED = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT'])

/**
 * Everything between a write's arrival and its handler; then the handler, with its answer held. Where nothing has to
 * be waited for, the handler runs before this returns.
 */
export function guardWrite(
  options: Setup,
  mode: GuardMode,
  run: Run,
  req: ExpressRequest,
  res: ServerResponse,
  next: Next,
): void {
  if (UNGUARDED.has(req.method ?? '')) {
    run(undefined)?.catch(next)
    return
  }
  const refuse = (error: unknown) => {
    respond(options, error, req, res, next)
  }
  let begun: MaybePromise<Begun>
  try {
    begun = new ArrivingWrite(options, mode, req, res).begin()
  } catch (error) {
    refuse(error)
    return
  }
  if (!isPromise(begun)) runGuarded(begun, mode, run, req, res, next)
  else
    void begun.then((ready) => {
      runGuarded(ready, mode, run, req, res, next)
    }, refuse)
}

function runGuarded(
  begun: Begun,
  mode: GuardMode,
  run: Run,
  req: ExpressRequest,
  res: ServerResponse,
  next: Next,
): void {
  if (begun === 'aborted') return
  if (begun.kind === 'guarded') {
    const { session } = begun.holder
    attachHandle(req, session.handle)
    if (session.explain !== undefined) attachExplain(req, session.explain)
    const held = new HeldWrite(begun, req, res, next)
    begun.holder.answer = held
    if (mode.awaited) held.runAwaited(() => run(session))
    else void run(session)
    return
  }
  const { within } = begun
  if (within?.answer === undefined) run(undefined)?.catch(next)
  // the answer is in the hands of the guard around this one, which must wait for this handler as well
  else within.answer.runAwaited(() => run(undefined))
}

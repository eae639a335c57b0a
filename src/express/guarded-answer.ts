import type { ServerResponse } from 'node:http'
import type { ProblemCode } from '../core/problem.js'
import { formatTag } from '../core/version.js'
import { watchBody, type SeenBody } from './answer-body.js'
import { notedVersion } from './answer-version.js'
import { publishHandled } from './events.js'
import type { ExpressRequest, Next } from './express-types.js'
import { handlerEnd, listenersOf } from './handler-end.js'
import { hideEvaluated } from './header-lines.js'
import { holdAnswer, type AnswerStart, type Decision } from './held-answer.js'
import { limitHandler } from './handler-limits.js'
import type { RequestKey } from './key.js'
import { refusal } from './refusal.js'
import type { RequestEvents } from './request-events.js'
import { respond } from './respond.js'
import { carriesTag } from './sessions/outcome.js'
import type { Settled, WriteSession } from './sessions/session.js'
import type { Setup } from './setup.js'

export interface GuardedWrite {
  readonly setup: Setup
  readonly req: ExpressRequest
  readonly res: ServerResponse
  readonly next: Next
  readonly key: RequestKey
  readonly session: WriteSession
  readonly events: RequestEvents
  readonly run: (session: WriteSession) => Promise<unknown> | undefined
}

/** A write whose answer is held. */
export interface HeldWrite {
  /** waits for this handler too: one that `wrap` runs under the guard around it */
  join(handler: Promise<unknown>): void
}

/** Runs the handler with its answer held, and settles the write before the first byte of the answer leaves. */
export function holdForSession(write: GuardedWrite): HeldWrite {
  const { setup, req, res, next, key, session, events } = write
  const listening = listenersOf(res)
  let running: Promise<unknown> | undefined = undefined
  let failed = false

  const { bodyVersion } = setup
  const embeds = setup.way.kind === 'ledger' && bodyVersion !== false && req.method !== 'DELETE'
  const seen = watchBody(res, {
    hashes: false,
    ...(embeds ? { embed: { member: bodyVersion, version: () => session.nextVersion() } } : {}),
  })

  const decide = async (start: AnswerStart): Promise<Decision> => {
    const end = start.ended
      ? handlerEnd(res, start.awaited, listening, setup.clock, setup.claim.wait)
      : undefined
    // the handler may be answering before its first await, and so before it is known to run
    await Promise.resolve()
    // a whole answer waits for what the handler still awaits; a stream cannot, it is waiting for us
    if (end !== undefined && running !== undefined && !(await end.or(running))) {
      failed = true
      void running.then(wroteLate)
    }
    stopLimits()
    const settled = await session.settle(failed ? 500 : start.status)
    if (settled.outcome === 'written') setup.turns.committed(key.key)
    publishHandled(() => ({
      instance: setup.way,
      did: 'write',
      outcome: settled.outcome,
      status: start.status,
      request: req,
    }))
    if (settled.problem !== undefined && !setup.observing) {
      const { problem } = settled
      return {
        answer: 'other',
        write: () => {
          respond(setup, problem, req, res, next)
        },
      }
    }
    const version = versionAfter(write, settled, seen)
    const { outcome } = settled
    events.settled(() => ({ key: key.key, status: start.status, outcome, version }))
    const tagged = version !== undefined && carriesTag(start.status, req.method)
    return { answer: 'own', etag: tagged ? formatTag(version) : undefined }
  }

  /** the handler may have written after this: what it did is noticed when it comes to its end */
  const wroteLate = () => {
    for (const name of session.claims?.keys ?? [key.key]) void setup.claims?.move(name).catch(() => undefined)
  }
  const held = holdAnswer(req, res, decide, wroteLate)

  const giveUp = (code: ProblemCode) => {
    if (!held.undecided) return
    events.refused(() => ({ key: key.key, code, enforced: !setup.observing }))
    const abandoned = session.abandon().catch(() => undefined)
    void running?.then(wroteLate)
    if (setup.observing) return
    void abandoned.then(() => {
      held.replace(() => {
        // the handler still has this connection in its hands
        res.setHeader('Connection', 'close')
        respond(setup, refusal(code, { resource: key.key }), req, res, next)
      })
    })
  }
  const stopLimits = setup.claims === undefined ? () => {} : limitHandler(setup, req, giveUp)

  /** its promise has settled, it has not answered, and the client is gone: it never will (`if (res.destroyed) return`) */
  const endSilent = () => {
    if (held.status !== undefined) return
    const problem = res.closed ? undefined : session.unanswered?.()
    if (problem !== undefined) {
      stopLimits()
      void Promise.resolve(session.settle(problem.status)).then(() => {
        held.replace(() => {
          respond(setup, problem, req, res, next)
        })
      })
      return
    }
    if (!res.closed) res.once('close', endSilent)
    else {
      stopLimits()
      void session.settle(500)
    }
  }

  const join = (handler: Promise<unknown>) => {
    const ending = handler.catch(async (error: unknown) => {
      // after its answer has begun, the status of that answer says nothing of how the write went
      failed ||= held.status !== undefined
      const explaining = failed ? undefined : session.explain?.(error)
      next(explaining === undefined ? error : await explaining)
    })
    running = Promise.all([running, ending])
    // only a handler that gave a promise has said by it that it is through
    void handler.then((told) => told === true && endSilent()).catch(() => undefined)
  }
  hideEvaluated(req, 'if-match')
  hideEvaluated(req, 'if-none-match')
  const own = write.run(session)
  if (own !== undefined) join(own)
  return { join }
}

/** The version that this write made, by whoever knows it. */
function versionAfter({ res, session }: GuardedWrite, settled: Settled, seen: SeenBody): string | undefined {
  if (settled.problem !== undefined) return undefined
  if (settled.version !== undefined || settled.outcome !== 'written') return settled.version
  return notedVersion(res) ?? session.versionOfAnswer?.(seen.object)
}

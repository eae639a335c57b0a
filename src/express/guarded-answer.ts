import type { ServerResponse } from 'node:http'
import type { ProblemCode } from '../core/problem.js'
import { formatTag } from '../core/version.js'
import { watchBody } from './answer-body.js'
import { notedVersion } from './answer-version.js'
import { publishRefused, publishSettled } from './events.js'
import type { ExpressRequest, Next } from './express-types.js'
import { holdAnswer, type AnswerStart, type Decision } from './held-answer.js'
import type { RequestKey } from './key.js'
import { refusal } from './refusal.js'
import { respond } from './respond.js'
import { carriesTag, type WriteSession } from './sessions/session.js'
import type { Setup } from './setup.js'

export interface GuardedWrite {
  readonly setup: Setup
  readonly req: ExpressRequest
  readonly res: ServerResponse
  readonly next: Next
  readonly key: RequestKey
  readonly session: WriteSession
  readonly run: (session: WriteSession) => Promise<unknown> | undefined
}

/** Runs the handler with its answer held, and settles the write before the first byte of the answer leaves. */
export function holdForSession(write: GuardedWrite): void {
  const { setup, req, res, next, key, session } = write
  let running: Promise<unknown> | undefined
  let failed = false
  const limits: (() => void)[] = []
  const stopLimits = () => {
    for (const stop of limits) stop()
  }

  const { bodyVersion } = setup
  const embeds = setup.way.kind === 'ledger' && bodyVersion !== false && req.method !== 'DELETE'
  const seen = watchBody(res, {
    hashes: false,
    ...(embeds ? { embed: { member: bodyVersion, version: () => session.nextVersion() } } : {}),
  })

  const decide = async (start: AnswerStart): Promise<Decision> => {
    // a whole answer waits for what the handler still awaits; a stream cannot, it is waiting for us
    if (start.ended && running !== undefined) await running
    stopLimits()
    const settled = await session.settle(failed ? 500 : start.status)
    if (settled.problem !== undefined && !setup.observing) {
      const { problem } = settled
      return {
        answer: 'other',
        restore: true,
        write: () => {
          respond(setup, problem, req, res, next)
        },
      }
    }
    const version =
      settled.problem !== undefined
        ? undefined
        : (settled.version ??
          (settled.outcome === 'written'
            ? (notedVersion(res) ?? session.versionOfAnswer?.(seen.object))
            : undefined))
    publishSettled(() => ({
      key: key.key,
      status: start.status,
      outcome: settled.outcome,
      version,
      request: req,
    }))
    const tagged = version !== undefined && carriesTag(start.status, req.method)
    return { answer: 'own', etag: tagged ? formatTag(version) : undefined }
  }

  /** the handler may write after this: what it does is noticed when it comes to its end */
  const writesLate = () => {
    void setup.claims?.move(key.key).catch(() => undefined)
  }
  const held = holdAnswer(req, res, decide, writesLate)

  const giveUp = (code: ProblemCode) => {
    stopLimits()
    if (!held.undecided) return
    publishRefused(() => ({
      key: key.key,
      code,
      method: req.method,
      enforced: !setup.observing,
      request: req,
    }))
    const abandoned = session.abandon().catch(() => undefined)
    void running?.then(writesLate)
    if (setup.observing) return
    void abandoned.then(() => {
      held.replace(() => {
        if (!req.complete) res.setHeader('Connection', 'close')
        respond(setup, refusal(code, { resource: key.key }), req, res, next)
      })
    })
  }
  if (setup.claims !== undefined) {
    limits.push(
      setup.clock.after(setup.claim.max, () => {
        giveUp('outcome-unknown')
      }),
    )
    if (!req.complete && !req.readableEnded) {
      limits.push(
        setup.clock.after(setup.claim.body, () => {
          if (!req.complete) giveUp('body-timeout')
        }),
      )
    }
  }

  running = write.run(session)?.then(undefined, (error: unknown) => {
    failed = true
    if (held.status === undefined) next(error)
    else {
      if (!held.undecided) writesLate()
      afterAnswer(res, () => {
        next(error)
      })
    }
  })
}

/** An error that comes after the answer must not cut it off: Express destroys the socket for it. */
function afterAnswer(res: ServerResponse, run: () => void): void {
  if (res.writableFinished || res.destroyed) run()
  else res.once('close', run)
}

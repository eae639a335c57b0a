import type { ServerResponse } from 'node:http'
import type { Deadline, Due } from '../claims/deadlines.js'
import type { MaybePromise } from '../core/ledger.js'
import type { ProblemCode } from '../core/problem.js'
import { isPromise } from '../core/promise.js'
import { formatTag } from '../core/version.js'
import { watchBody, type Embedding, type SeenBody } from './answer-body.js'
import { notedVersion } from './answer-version.js'
import type { GuardedWrite } from './arriving-write.js'
import { speaksOfAnother } from './created.js'
import { handledIsHeard, publishHandled, someoneListens } from './events.js'
import type { ExpressRequest, Next } from './express-types.js'
import { handlerEnded, listenersOf, type Listeners } from './handler-end.js'
import { isComplete } from './body-arrival.js'
import { limitBody } from './body-limit.js'
import { hideEvaluated } from './header-lines.js'
import { HeldAnswer, UNTAGGED, type AnswerHolder, type AnswerStart, type Decision } from './held-answer.js'
import { refusal } from '../core/refusal.js'
import { respond } from './respond.js'
import { movePast } from './sessions/claim-set.js'
import { carriesTag } from './sessions/outcome.js'
import type { Settled } from './sessions/session.js'

/** A write whose handler runs with its answer held: it is settled before the first byte of the answer leaves. */
export class HeldWrite implements AnswerHolder, Due, Embedding {
  readonly #write: GuardedWrite
  readonly #req: ExpressRequest
  readonly #res: ServerResponse
  readonly #next: Next
  readonly #seen: SeenBody | undefined
  readonly #held: HeldAnswer
  /** before the first handler whose promise is waited for */
  #listening: Listeners | undefined
  #longest: Deadline | undefined
  #stopBodyLimit: (() => void) | undefined
  #running: Promise<unknown> | undefined
  /** handlers that have begun, and may yet hand over a promise */
  #beginning = 0
  /** what one of those has answered */
  #begun: { readonly start: AnswerStart; readonly then: Listeners } | undefined
  #failed = false

  constructor(write: GuardedWrite, req: ExpressRequest, res: ServerResponse, next: Next) {
    this.#write = write
    this.#req = req
    this.#res = res
    this.#next = next
    this.#held = new HeldAnswer(req, res, this)
    this.#seen = this.#watch()
    this.#limit()
    hideEvaluated(req, 'if-match')
    hideEvaluated(req, 'if-none-match')
  }

  /** a handler under `wrap`, here or within this guard: what it still awaits when it answers is waited for */
  runAwaited(run: () => Promise<unknown> | undefined): void {
    this.#beginning += 1
    this.#listening ??= listenersOf(this.#res)
    try {
      const running = run()
      if (running !== undefined) this.#join(running)
    } finally {
      this.#beginning -= 1
      if (this.#beginning === 0) this.#decideBegun()
    }
  }

  decide(start: AnswerStart): MaybePromise<Decision> | undefined {
    // nobody but the handler that answers has anything to do with it
    if (this.#running === undefined && this.#beginning === 0) return this.#settle(start)
    const then = listenersOf(this.#res)
    if (this.#beginning === 0) return this.#settleAwaited(start, then)
    // it may be answering before its first await, and so before it is known to wait for anything
    this.#begun = { start, then }
    return undefined
  }

  /** the handler may have written after this: what it did is noticed when it comes to its end */
  endedLate(): void {
    const { setup, key, session } = this.#write
    if (setup.claims !== undefined) void movePast(setup.claims, session.claims?.keys ?? [key.key])
  }

  /** it has held its key for too long */
  due(): void {
    this.#longest = undefined
    this.#giveUp('outcome-unknown')
  }

  get member(): string {
    return String(this.#write.setup.bodyVersion)
  }

  embeddedVersion(): string | undefined {
    if (speaksOfAnother(this.#write, this.#res.statusCode)) return undefined
    return this.#write.session.nextVersion()
  }

  #watch(): SeenBody | undefined {
    const { setup, session } = this.#write
    const embeds = setup.way.kind === 'ledger' && setup.bodyVersion !== false && this.#req.method !== 'DELETE'
    if (embeds) return watchBody(this.#res, { embedding: this })
    if (session.versionOfAnswer !== undefined) return watchBody(this.#res, { object: true })
    return watchBody(this.#res, {})
  }

  /** How long the handler may hold its key, and how long its body may still be arriving: the first that is over counts. */
  #limit(): void {
    const { claims, claim } = this.#write.setup
    if (claims === undefined) return
    this.#longest = claims.deadlines.set(claim.max, this)
    if (!isComplete(this.#req))
      this.#stopBodyLimit = limitBody(this.#write.setup, this.#req, () => {
        this.#giveUp('body-timeout')
      })
  }

  #stopLimits(): void {
    this.#longest?.line.drop(this.#longest)
    this.#longest = undefined
    this.#stopBodyLimit?.()
  }

  #decideBegun(): void {
    if (this.#begun === undefined) return
    const { start, then } = this.#begun
    this.#begun = undefined
    this.#held.decided(this.#running === undefined ? this.#settle(start) : this.#settleAwaited(start, then))
  }

  async #settleAwaited(start: AnswerStart, then: Listeners): Promise<Decision> {
    const running = this.#running
    // a whole answer waits for what the handler still awaits; a stream cannot, it is waiting for us
    if (start.ended && running !== undefined) {
      const { clock, claim } = this.#write.setup
      const answering = { awaited: start.awaited, before: this.#listening ?? then, then }
      if (!(await handlerEnded(running, this.#res, answering, clock, claim.wait))) {
        this.#failed = true
        void running.then(() => {
          this.endedLate()
        })
      }
    }
    return this.#settle(start)
  }

  #settle({ status }: AnswerStart): MaybePromise<Decision> {
    this.#stopLimits()
    const settled = this.#write.session.settle(this.#failed ? 500 : status)
    return isPromise(settled)
      ? settled.then((how) => this.#decideOn(how, status))
      : this.#decideOn(settled, status)
  }

  #decideOn(settled: Settled, status: number): Decision {
    const { setup, key, watch } = this.#write
    const { outcome, problem } = watch.settled(settled)
    if (outcome === 'written') this.#committed()
    if (handledIsHeard())
      publishHandled({ instance: setup.way, did: 'write', outcome, status, request: this.#req })
    if (problem !== undefined && !setup.observing)
      return { answer: 'other', write: () => this.#respond(problem) }
    const version = this.#versionAfter(settled)
    if (someoneListens()) watch.ended(() => ({ key: key.key, status, outcome, version }))
    if (version === undefined || !carriesTag(status, this.#req.method)) return UNTAGGED
    return speaksOfAnother(this.#write, status) ? UNTAGGED : { answer: 'own', etag: formatTag(version) }
  }

  #committed(): void {
    const { setup, key, session } = this.#write
    setup.turns.committed(key.key)
    if (setup.moves === undefined) return
    for (const name of session.claims?.keys ?? []) if (name !== key.key) setup.turns.committed(name)
  }

  /** The version that this write made, by whoever knows it. */
  #versionAfter(settled: Settled): string | undefined {
    if (settled.problem !== undefined) return undefined
    if (settled.version !== undefined || settled.outcome !== 'written') return settled.version
    return notedVersion(this.#res) ?? this.#write.session.versionOfAnswer?.(this.#seen?.object)
  }

  #respond(problem: unknown): void {
    respond(this.#write.setup, problem, this.#req, this.#res, this.#next)
  }

  #giveUp(code: ProblemCode): void {
    this.#stopLimits()
    if (!this.#held.undecided) return
    const { setup, key, watch, session } = this.#write
    watch.refused(() => ({ key: key.key, code, enforced: !setup.observing }))
    const abandoned = Promise.resolve(session.abandon()).catch(() => undefined)
    void this.#running?.then(() => {
      this.endedLate()
    })
    if (setup.observing) return
    void abandoned.then(() => {
      this.#held.replace(() => {
        // the handler still has this connection in its hands
        this.#res.setHeader('Connection', 'close')
        this.#respond(refusal(code, { resource: key.key }))
      })
    })
  }

  #join(handler: Promise<unknown>): void {
    const ending = handler.catch(async (error: unknown) => {
      // after its answer has begun, the status of that answer says nothing of how the write went
      this.#failed ||= this.#held.status !== undefined
      const explaining = this.#failed ? undefined : this.#write.session.explain?.(error)
      this.#next(explaining === undefined ? error : await explaining)
    })
    this.#running = this.#running === undefined ? ending : Promise.all([this.#running, ending])
    // only a handler that gave a promise has said by it that it is through
    void handler.then(
      () => {
        this.#endSilent()
      },
      () => undefined,
    )
  }

  /** its promise has settled, it has not answered, and the client is gone: it never will (`if (res.destroyed) return`) */
  #endSilent(): void {
    if (this.#held.status !== undefined) return
    const res = this.#res
    const { session } = this.#write
    const problem = res.closed ? undefined : session.unanswered?.()
    if (problem !== undefined) {
      this.#stopLimits()
      void Promise.resolve(session.settle(problem.status)).then((settled) => {
        this.#write.watch.settled(settled)
        this.#held.replace(() => {
          this.#respond(problem)
        })
      })
      return
    }
    if (!res.closed)
      res.once('close', () => {
        this.#endSilent()
      })
    else {
      this.#stopLimits()
      void Promise.resolve(session.settle(500)).then((settled) => this.#write.watch.settled(settled))
    }
  }
}

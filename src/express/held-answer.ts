import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MaybePromise } from '../core/ledger.js'
import { isPromise } from '../core/promise.js'
import { endNotModified, rememberHeaders, tagAnswer, type HeadersBefore } from './answer-headers.js'
import { callBack, methodsOf, type AnswerMethods } from './answer-methods.js'
import { deferDestroy, type Deferral } from './deferred-destroy.js'
import { HeldMethods, type Call, type Head, type HeldSteps } from './held-methods.js'
import { answerNotes } from './notes.js'
import { owedDrain, type OwedDrain } from './owed-drain.js'
import { substitute } from './substitute.js'

/** The answer as the handler began it. */
export interface AnswerStart {
  readonly status: number
  /** it is complete, and `chunk` is all of its body */
  readonly ended: boolean
  readonly chunk: unknown
  /** a callback waits for it to have left */
  readonly awaited: boolean
}

export type Decision =
  /** the handler's answer leaves, with this entity tag or with none */
  | { readonly answer: 'own'; readonly etag: string | undefined }
  /** its head leaves as that of a 304 */
  | { readonly answer: 'not-modified'; readonly etag: string | undefined }
  /** another leaves in its place, from the headers as they were at the guard */
  | { readonly answer: 'other'; readonly write: (res: ServerResponse) => void }

/** Whoever holds an answer. */
export interface AnswerHolder {
  /** asked once, when the handler begins to answer; undefined: it calls `decided` before anything else happens */
  decide(start: AnswerStart): MaybePromise<Decision> | undefined
  /** a handler whose answer was replaced has come to its own end */
  endedLate?(): void
}

/** The handler's own, without a tag, whatever stands there. */
export const UNTAGGED: Decision = { answer: 'own', etag: undefined }

/** So that an answer that nobody waits for leaves without one. */
export const NO_TAG: AnswerHolder = { decide: () => UNTAGGED }

/**
 * Stands between a handler and its answer. When the handler begins to answer, its holder is asked; until that has
 * decided nothing leaves, and for the handler everything is as if it had: `headersSent` and `writableEnded`
 * say so, headers cannot change any more, `write` asks to wait for `drain`. 1xx answers pass (RFC 9110 §15.2). A
 * decision that needs no waiting lets the answer pass at once.
 */
export class HeldAnswer implements HeldSteps {
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  readonly #holder: AnswerHolder
  readonly #below: AnswerMethods
  readonly #before: HeadersBefore
  readonly #methods: HeldMethods
  #queue: Call[] | undefined
  readonly #drain: OwedDrain | undefined
  #deferral: Deferral | undefined
  #waited = false
  /** what is done in place of an answer that was destroyed */
  #cut: (() => void) | undefined

  constructor(req: IncomingMessage, res: ServerResponse, holder: AnswerHolder) {
    this.#req = req
    this.#res = res
    this.#holder = holder
    this.#below = methodsOf(res)
    this.#before = rememberHeaders(res)
    this.#drain = Object.hasOwn(res, 'on') ? owedDrain(res) : undefined
    this.#methods = new HeldMethods(res, this.#below, this)
  }

  /** the status that the answer has begun with, undefined before */
  get status(): number | undefined {
    return this.#methods.phase === 'dropped' ? undefined : this.#methods.head?.status
  }

  /** nothing of the answer was sent yet, whatever the handler called */
  get undecided(): boolean {
    const { phase } = this.#methods
    return phase === 'open' || phase === 'held'
  }

  /** answers now and instead of whatever the handler still says */
  replace(write: (res: ServerResponse) => void): void {
    if (!this.undecided) return
    this.#methods.phase = 'held'
    this.#settleOn({ answer: 'other', write })
  }

  give(method: Call[0], args: unknown[]): void {
    const methods = this.#methods
    if (methods.phase !== 'open') {
      this.#queue?.push([method, args])
      return
    }
    this.#queue = [[method, args]]
    methods.phase = 'held'
    const decision = this.#holder.decide({
      status: methods.head?.status ?? this.#res.statusCode,
      ended: methods.ended,
      chunk: typeof args[0] === 'function' ? undefined : args[0],
      awaited: typeof args[args.length - 1] === 'function',
    })
    if (decision !== undefined && !isPromise(decision)) this.#settleOn(decision)
    else {
      this.#waited = true
      this.#deferral = deferDestroy(this.#req, this.#res)
      if (decision !== undefined) this.#settleLater(decision)
    }
  }

  /** for a holder that could not decide when it was asked */
  decided(decision: MaybePromise<Decision>): void {
    if (isPromise(decision)) {
      this.#settleLater(decision)
      return
    }
    try {
      this.#settleOn(decision)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** it has come to its end all the same, and nobody knows to which */
  cutOff(error: Error | undefined): void {
    this.#methods.phase = 'held'
    const cut = () => {
      if (this.#methods.phase !== 'held') return
      this.#drop()
      this.#below.destroy.call(this.#res, error)
    }
    this.#cut = cut
    const decision = this.#holder.decide({ status: 500, ended: true, chunk: undefined, awaited: true })
    if (decision !== undefined) this.decided(decision)
  }

  endLate(): void {
    if (!this.#methods.ended) this.#holder.endedLate?.()
    this.#methods.ended = true
  }

  #settleLater(deciding: Promise<Decision>): void {
    deciding
      .then((decision) => {
        this.#settleOn(decision)
      })
      .catch((error: unknown) => {
        this.#fail(error)
      })
  }

  #settleOn(decision: Decision): void {
    if (this.#cut !== undefined) {
      this.#cut()
      return
    }
    const { phase, head } = this.#methods
    const res = this.#res
    if (phase !== 'held') return
    if (decision.answer === 'other') {
      this.#drop()
      this.#methods.reopen()
      // whoever began it: another answer leaves, whole, in the place of the one that was held
      answerNotes(res).deferral?.undo(true)
      substitute(res, {
        methods: this.#below,
        before: this.#before,
        write: decision.write,
        begun: head !== undefined,
        onLateEnd: () => {
          this.endLate()
        },
      })
    } else if (head !== undefined) {
      this.#methods.unshadow()
      this.#deferral?.undo(this.#methods.ended)
      // an answer that had to wait may have been changed meanwhile, and one whose head was given, after that
      if (this.#waited || head.explicit) {
        res.statusCode = head.status
        res.statusMessage = head.message
      }
      if (decision.answer === 'own') this.#sendOwn(head, decision.etag)
      else this.#sendNotModified(decision.etag)
    }
  }

  #sendOwn({ status, explicit }: Head, etag: string | undefined): void {
    const [methods, below, res] = [this.#methods, this.#below, this.#res]
    methods.phase = 'sent'
    tagAnswer(res, etag, below)
    try {
      if (explicit) below.writeHead.call(res, status)
      for (const [method, args] of this.#taken()) {
        const result: unknown = Reflect.apply(below[method], res, args)
        if (method === 'write') methods.flowing = result === true
      }
    } catch (error) {
      if (!res.headersSent) this.#untagNext()
      throw error
    }
    this.#payDrain()
  }

  /** Node would not have this answer; the one that comes in its place is an error's, and has no tag (P7) */
  #untagNext(): void {
    const notes = answerNotes(this.#res)
    const { before } = notes
    notes.tagged = false
    new HeldAnswer(this.#req, this.#res, NO_TAG)
    // what the handler had put on its own answer is none of the other's
    notes.before = before
  }

  #sendNotModified(etag: string | undefined): void {
    this.#methods.phase = 'sent'
    endNotModified(this.#res, etag, this.#below)
    this.#drop()
  }

  /** what the handler has said and still says goes nowhere; it may go on */
  #drop(): void {
    this.#methods.phase = 'dropped'
    for (const [, args] of this.#taken()) callBack(args)
    this.#payDrain()
  }

  #taken(): readonly Call[] {
    const queue = this.#queue ?? []
    this.#queue = undefined
    return queue
  }

  #payDrain(): void {
    const { owesDrain, flowing, ended } = this.#methods
    if (owesDrain && flowing && !ended) (this.#drain ?? owedDrain(this.#res)).pay()
    else this.#drain?.settle()
  }

  #fail(error: unknown): void {
    if (this.#cut !== undefined) {
      this.#cut()
      return
    }
    this.#deferral?.undo(false)
    this.#below.destroy.call(this.#res, error instanceof Error ? error : new Error(String(error)))
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { headersOf, restoreHeaders, type HeadersBefore } from './answer-headers.js'
import { callBack, methodsOf, type AnswerMethods } from './answer-methods.js'
import { deferDestroy, type Deferral } from './deferred-destroy.js'
import { HeldMethods, type Call, type HeldSteps } from './held-methods.js'
import { owedDrain, type OwedDrain } from './owed-drain.js'

/** What is answered inside the work of a transaction, kept back until it is known how that has ended. */
export interface AnswerInside {
  /** the status that it has begun with, undefined before */
  readonly status: number | undefined
  /** as if nothing had been said since the work began; false where a stream goes on, which nobody can call back */
  rewind(): boolean
  /** lets it go on its way, and what comes after it */
  release(): void
}

/** An answer that was begun before the work is none of its own. */
const NONE: AnswerInside = { status: undefined, rewind: () => true, release: () => {} }

/** Stands on top of whatever holds the answer already, which sees nothing of it before it is released. */
export function answerInside(req: IncomingMessage, res: ServerResponse): AnswerInside {
  return res.headersSent ? NONE : new KeptAnswer(req, res)
}

class KeptAnswer implements AnswerInside, HeldSteps {
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  readonly #below: AnswerMethods
  readonly #before: HeadersBefore
  readonly #statusCode: number
  readonly #drain: OwedDrain
  readonly #methods: HeldMethods
  #queue: Call[] = []
  #deferral: Deferral | undefined

  constructor(req: IncomingMessage, res: ServerResponse) {
    this.#req = req
    this.#res = res
    this.#below = methodsOf(res)
    this.#before = headersOf(res)
    this.#statusCode = res.statusCode
    this.#drain = owedDrain(res)
    this.#methods = new HeldMethods(res, this.#below, this)
  }

  get status(): number | undefined {
    return this.#methods.head?.status
  }

  give(...call: Call): void {
    this.#queue.push(call)
    this.#methods.phase = 'held'
    this.#deferral ??= deferDestroy(this.#req, this.#res)
  }

  cutOff(error: Error | undefined): void {
    this.#methods.phase = 'sent'
    this.#below.destroy.call(this.#res, error)
  }

  endLate(): void {
    return
  }

  rewind(): boolean {
    const { head, ended } = this.#methods
    if (head !== undefined && !ended) return false
    this.#uncover()
    for (const [, args] of this.#taken()) callBack(args)
    this.#methods.rewind()
    const res = this.#res
    res.statusCode = this.#statusCode
    // through whatever stands there now: where another answer has left meanwhile, these are its headers
    restoreHeaders(res, res, this.#before)
    return true
  }

  release(): void {
    const [methods, below, res] = [this.#methods, this.#below, this.#res]
    const { head } = methods
    this.#uncover()
    methods.phase = 'sent'
    if (head !== undefined) {
      res.statusCode = head.status
      res.statusMessage = head.message
      if (head.explicit) below.writeHead.call(res, head.status)
    }
    for (const [method, args] of this.#taken()) {
      const result: unknown = Reflect.apply(below[method], res, args)
      if (method === 'write') methods.flowing = result === true
    }
    if (methods.owesDrain && methods.flowing && !methods.ended) this.#drain.pay()
    else this.#drain.settle()
  }

  #taken(): readonly Call[] {
    const queue = this.#queue
    this.#queue = []
    return queue
  }

  #uncover(): void {
    this.#deferral?.undo(this.#methods.ended)
    this.#deferral = undefined
    this.#methods.unshadow()
  }
}

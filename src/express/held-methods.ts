import type { ServerResponse } from 'node:http'
import { applyHead } from './answer-headers.js'
import {
  assertChunk,
  assertMessage,
  assertStatus,
  callBack,
  headerMethodsOf,
  headersSentError,
  implicitHeadOf,
  setImplicitHead,
  shadow,
  unshadow,
  type AnswerMethods,
  type HeaderMethods,
} from './answer-methods.js'
import { asExpressEnds, endsAtNode } from './body-hash.js'
import { putOn, type Face } from './held-face.js'
import { answerNotes } from './notes.js'

/** The status line and the headers' end, as the handler gave them. */
export interface Head {
  readonly status: number
  readonly message: string
  /** it was given before the body, whose length it then does not know */
  readonly explicit: boolean
}

/** A step of the answer that waits with it. */
export type Call = readonly [method: 'write' | 'end' | 'flushHeaders', args: unknown[]]

export interface HeldSteps {
  /** the next step; the first of them asks for the decision */
  give(...call: Call): void
  /** the handler destroys an answer that it has not begun */
  cutOff(error: Error | undefined): void
  /** the handler has ended an answer that was dropped */
  endLate(): void
}

/** The methods by which the handler seems to send its answer, and how far it has come. */
export class HeldMethods {
  /** `dropped`: another has left in its place, or none at all */
  phase: 'open' | 'held' | 'sent' | 'dropped' = 'open'
  head: Head | undefined
  /** the handler has ended it */
  ended = false
  /** what the last `write` that left said */
  flowing = true
  /** the handler was told to wait for `drain` */
  owesDrain = false
  #implying = false
  #shadowing = false
  #closed = false
  readonly #implicitHead: unknown
  readonly #face: Face
  /** what stood there when the head was closed */
  #covered: HeaderMethods | undefined
  #coveredImplicitHead: unknown

  constructor(
    readonly res: ServerResponse,
    readonly below: AnswerMethods,
    readonly steps: HeldSteps,
  ) {
    this.#implicitHead = implicitHeadOf(res)
    this.#face = putOn(res, this)
  }

  /** as if nothing had been said yet */
  rewind(): void {
    this.phase = 'open'
    this.head = undefined
    this.ended = false
    this.flowing = true
    this.owesDrain = false
  }

  /** the answer says of itself what is true again */
  unshadow(): void {
    if (this.#shadowing) unshadow(this.res)
    this.#shadowing = false
  }

  /** the answer as it was before, whatever was put on top of it: another one may begin */
  reopen(): void {
    unshadow(this.res)
    this.#shadowing = false
    this.#closed = false
    setImplicitHead(this.res, this.#implicitHead)
  }

  writeHead(args: unknown[]): unknown {
    if (this.phase === 'sent') return Reflect.apply(this.below.writeHead, this.res, args)
    this.assertHeadIsOpen()
    if (this.phase === 'dropped') return this.res
    const [status, ...rest] = args
    applyHead(this.res, status as number, rest, this.below)
    this.#setHead(!this.#implying)
    if (!this.#implying) this.#closeHead()
    return this.res
  }

  write(args: unknown[]): boolean {
    if (this.phase === 'sent') return Reflect.apply(this.below.write, this.res, args as never)
    assertChunk(args[0])
    if (this.phase === 'dropped') {
      callBack(args)
      return true
    }
    this.#give('write', args)
    if (this.#isHeld()) this.owesDrain = true
    return !this.#isHeld() && this.flowing
  }

  end(args: unknown[]): unknown {
    if (this.phase === 'sent') return Reflect.apply(this.below.end, this.res, args as never)
    if (Boolean(args[0]) && typeof args[0] !== 'function') assertChunk(args[0])
    if (this.phase === 'dropped') {
      callBack(args)
      this.steps.endLate()
      return this.res
    }
    const given = endsAtNode(this.below) ? args : asExpressEnds(this.res, args)
    this.#implyHead()
    this.ended = true
    this.#give('end', given)
    if (this.#isHeld()) shadow(this.res, 'writableEnded')
    return this.res
  }

  flushHeaders(): void {
    if (this.phase === 'sent') this.below.flushHeaders.call(this.res)
    else if (this.phase !== 'dropped') this.#give('flushHeaders', [])
  }

  destroy(error: Error | undefined): unknown {
    const { deferral } = answerNotes(this.res)
    if (this.phase === 'open') this.steps.cutOff(error)
    // without the guard, what was ended has left by now
    else if (this.#isHeld() && this.ended && error === undefined && deferral !== undefined) deferral.ask()
    else this.below.destroy.call(this.res, error)
    return this.res
  }

  changeHeader(method: keyof HeaderMethods, args: unknown[]): unknown {
    this.assertHeadIsOpen()
    const { res } = this
    if (this.phase === 'dropped') return res
    return Reflect.apply(this.#covered?.[method] ?? this.below[method], res, args as never)
  }

  /**
   * `express-session` looks for a head where Node keeps it, and begins one itself where it finds none. While a head
   * is held it is not to begin a second.
   */
  beginImplicitHead(): void {
    if (!this.#headIsClosed() && typeof this.#coveredImplicitHead === 'function')
      Reflect.apply(this.#coveredImplicitHead, this.res, [])
  }

  /** Node's error, where the handler sets what it has already sent, as it thinks */
  assertHeadIsOpen(): void {
    if (this.#headIsClosed()) throw headersSentError()
  }

  #give(method: Call[0], args: unknown[]): void {
    this.#implyHead()
    this.steps.give(method, args)
    if (this.#headIsClosed()) this.#closeHead()
  }

  /** as Node does with the first byte: through `writeHead`, where others listen for the head (`on-headers`) */
  #implyHead(): void {
    if (this.phase !== 'open' || this.head !== undefined) return
    if (Reflect.get(this.res, 'writeHead') === this.#face.writeHead) {
      this.#setHead(false)
      return
    }
    this.#implying = true
    try {
      this.res.writeHead(this.res.statusCode)
    } finally {
      this.#implying = false
    }
  }

  #setHead(explicit: boolean): void {
    const { statusCode: status, statusMessage: message } = this.res
    assertStatus(status)
    assertMessage(message)
    this.head = { status, message, explicit }
  }

  #headIsClosed(): boolean {
    return this.phase === 'held' || (this.phase === 'open' && this.head !== undefined)
  }

  /** the head is given, and has not left: for the handler it has */
  #closeHead(): void {
    const { res } = this
    if (!this.#shadowing) shadow(res, 'headersSent')
    this.#shadowing = true
    if (this.#closed) return
    this.#closed = true
    const face = this.#face
    if (Reflect.get(res, 'setHeader') !== face.setHeader) {
      this.#covered = headerMethodsOf(res)
      Object.assign(res, headerMethodsOf(face))
    }
    this.#coveredImplicitHead = implicitHeadOf(res)
    if (typeof this.#coveredImplicitHead === 'function') setImplicitHead(res, face._implicitHeader)
  }

  #isHeld(): boolean {
    return this.phase === 'held'
  }
}

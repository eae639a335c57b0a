import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MaybePromise } from '../core/ledger.js'
import { isPromise } from '../core/promise.js'
import { applyHead, rememberHeaders, removeContentHeaders, tagAnswer } from './answer-headers.js'
import {
  assertChunk,
  assertStatus,
  callBack,
  closeImplicitHead,
  HEADER_METHODS,
  headersSentError,
  install,
  methodsOf,
  shadow,
  unshadow,
} from './answer-methods.js'
import { deferDestroy } from './deferred-destroy.js'
import { owedDrain } from './owed-drain.js'
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

export interface HeldAnswer {
  /** the status that the answer has begun with, undefined before */
  readonly status: number | undefined
  /** nothing of the answer was sent yet, whatever the handler called */
  readonly undecided: boolean
  /** answers now and instead of whatever the handler still says */
  replace(write: (res: ServerResponse) => void): void
}

type Phase = 'open' | 'held' | 'sent' | 'dropped'
type Call = readonly [method: 'write' | 'end' | 'flushHeaders', args: unknown[]]

interface Head {
  readonly status: number
  readonly message: string
  /** `writeHead` was called: what listens for the head has heard of it */
  readonly explicit: boolean
}

/**
 * Stands between a handler and its answer. When the handler begins to answer, `decide` is asked; until it has
 * decided nothing leaves, and for the handler everything is as if it had: `headersSent` and `writableEnded`
 * say so, headers cannot change any more, `write` asks to wait for `drain`. 1xx answers pass (RFC 9110 §15.2).
 * `onLateEnd` tells that a handler whose answer was replaced has come to its own end.
 */
export function holdAnswer(
  req: IncomingMessage,
  res: ServerResponse,
  decide: (start: AnswerStart) => MaybePromise<Decision>,
  onLateEnd: () => void = () => {},
): HeldAnswer {
  const below = methodsOf(res)
  const before = rememberHeaders(res)
  const drain = owedDrain(res)
  const queue: Call[] = []
  let phase: Phase = 'open'
  let head: Head | undefined
  let ended = false
  let flowing = true
  let owesDrain = false
  let undoDestroy: (() => void) | undefined

  const beginHead = (explicit: boolean): Head => {
    assertStatus(res.statusCode)
    head = { status: res.statusCode, message: res.statusMessage, explicit }
    shadow(res, 'headersSent', () => true)
    return head
  }

  const sendOwn = ({ status, explicit }: Head, etag: string | undefined) => {
    phase = 'sent'
    tagAnswer(res, etag, below)
    if (explicit) below.writeHead.call(res, status)
    for (const [method, args] of queue) {
      const result: unknown = Reflect.apply(below[method], res, args)
      if (method === 'write') flowing = result === true
    }
    if (owesDrain && flowing && !ended) drain.pay()
    else drain.settle()
  }

  const sendNotModified = ({ explicit }: Head, etag: string | undefined) => {
    phase = 'sent'
    res.statusCode = 304
    res.statusMessage = ''
    removeContentHeaders(res, below)
    tagAnswer(res, etag, below)
    if (explicit) Reflect.apply(below.writeHead, res, [304])
    else res.writeHead(304)
    Reflect.apply(below.end, res, [])
    drop()
  }

  /** what the handler has said and still says goes nowhere; it may go on */
  const drop = () => {
    phase = 'dropped'
    for (const [, args] of queue) callBack(args)
    if (owesDrain && !ended) drain.pay()
    else drain.settle()
  }

  const sendOther = (write: (res: ServerResponse) => void) => {
    drop()
    substitute(res, { methods: below, before, write, begun: head !== undefined, onLateEnd: lateEnd })
  }

  const lateEnd = () => {
    if (!ended) onLateEnd()
    ended = true
  }

  const settleOn = (decision: Decision) => {
    if (phase !== 'held') return
    unshadow(res)
    if (decision.answer === 'other') sendOther(decision.write)
    else if (head !== undefined) {
      res.statusCode = head.status
      res.statusMessage = head.message
      if (decision.answer === 'own') sendOwn(head, decision.etag)
      else sendNotModified(head, decision.etag)
    }
    undoDestroy?.()
  }

  const fail = (error: unknown) => {
    undoDestroy?.()
    below.destroy.call(res, error instanceof Error ? error : new Error(String(error)))
  }

  const hold = (...[method, args]: Call) => {
    queue.push([method, args])
    if (phase !== 'open') return
    const { status } = head ?? beginHead(false)
    phase = 'held'
    const chunk = typeof args[0] === 'function' ? undefined : args[0]
    const decision = decide({ status, ended, chunk, awaited: typeof args.at(-1) === 'function' })
    if (!isPromise(decision)) settleOn(decision)
    else {
      undoDestroy = deferDestroy(req, res)
      decision.then(settleOn).catch(fail)
    }
  }

  const headIsClosed = () => phase === 'held' || (phase === 'open' && head !== undefined)
  const assertHeadersOpen = () => {
    if (headIsClosed()) throw headersSentError()
  }

  install(res, {
    writeHead(status: number, ...rest: unknown[]) {
      if (phase === 'sent') return Reflect.apply(below.writeHead, res, [status, ...rest]) as unknown
      assertHeadersOpen()
      if (phase === 'open') {
        applyHead(res, status, rest, below)
        beginHead(true)
      }
      return res
    },
    write(...args: unknown[]) {
      if (phase === 'sent') return Reflect.apply(below.write, res, args) as unknown
      assertChunk(args[0])
      if (phase === 'dropped') {
        callBack(args)
        return true
      }
      hold('write', args)
      if (phase === 'held') owesDrain = true
      return phase !== 'held' && flowing
    },
    end(...args: unknown[]) {
      if (phase === 'sent') return Reflect.apply(below.end, res, args) as unknown
      if (phase === 'dropped') {
        callBack(args)
        lateEnd()
        return res
      }
      if (Boolean(args[0]) && typeof args[0] !== 'function') assertChunk(args[0])
      if (head === undefined) beginHead(false)
      ended = true
      shadow(res, 'writableEnded', () => true)
      hold('end', args)
      return res
    },
    flushHeaders() {
      if (phase === 'sent') below.flushHeaders.call(res)
      else if (phase !== 'dropped') hold('flushHeaders', [])
    },
    /** a handler that cuts its answer off before it has begun has come to its end: its outcome is unknown */
    destroy(error?: Error) {
      if (phase !== 'open') return below.destroy.call(res, error)
      phase = 'held'
      const gone = () => {
        if (phase !== 'held') return
        drop()
        below.destroy.call(res, error)
      }
      const decision = decide({ status: 500, ended: true, chunk: undefined, awaited: true })
      if (isPromise(decision)) decision.then(gone, gone)
      else gone()
      return res
    },
  })
  closeImplicitHead(res, headIsClosed)
  for (const method of HEADER_METHODS) {
    install(res, {
      [method](...args: unknown[]): unknown {
        assertHeadersOpen()
        return phase === 'dropped' ? res : (Reflect.apply(below[method], res, args) as unknown)
      },
    })
  }

  return {
    get status() {
      return phase === 'dropped' ? undefined : head?.status
    },
    get undecided() {
      return phase === 'open' || phase === 'held'
    },
    replace(write) {
      if (phase !== 'open' && phase !== 'held') return
      phase = 'held'
      settleOn({ answer: 'other', write })
    },
  }
}

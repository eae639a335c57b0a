import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MaybePromise } from '../core/ledger.js'
import { isPromise } from '../core/promise.js'
import { rememberHeaders, removeContentHeaders, tagAnswer } from './answer-headers.js'
import { callBack, methodsOf, unshadow } from './answer-methods.js'
import { deferDestroy, liftDeferral } from './deferred-destroy.js'
import { installHeld, type Call, type Head, type HeldState } from './held-methods.js'
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
  const state: HeldState = { phase: 'open', head: undefined, ended: false, flowing: true, owesDrain: false }
  const queue: Call[] = []
  let undoDestroy: (() => void) | undefined

  const payDrain = () => {
    if (state.owesDrain && state.flowing && !state.ended) drain.pay()
    else drain.settle()
  }

  const sendOwn = ({ status, explicit }: Head, etag: string | undefined) => {
    state.phase = 'sent'
    tagAnswer(res, etag, below)
    if (explicit) below.writeHead.call(res, status)
    for (const [method, args] of queue.splice(0)) {
      const result: unknown = Reflect.apply(below[method], res, args)
      if (method === 'write') state.flowing = result === true
    }
    payDrain()
  }

  const sendNotModified = (etag: string | undefined) => {
    state.phase = 'sent'
    res.statusCode = 304
    res.statusMessage = ''
    removeContentHeaders(res, below)
    tagAnswer(res, etag, below)
    Reflect.apply(below.writeHead, res, [304])
    Reflect.apply(below.end, res, [])
    drop()
  }

  /** what the handler has said and still says goes nowhere; it may go on */
  const drop = () => {
    state.phase = 'dropped'
    for (const [, args] of queue.splice(0)) callBack(args)
    payDrain()
  }

  const endLate = () => {
    if (!state.ended) onLateEnd()
    state.ended = true
  }

  const settleOn = (decision: Decision) => {
    const { phase, head } = state
    if (phase !== 'held') return
    unshadow(res)
    if (decision.answer === 'other') {
      drop()
      reopen()
      substitute(res, {
        methods: below,
        before,
        write: decision.write,
        begun: head !== undefined,
        onLateEnd: endLate,
      })
      liftDeferral(res)
    } else if (head !== undefined) {
      res.statusCode = head.status
      res.statusMessage = head.message
      if (decision.answer === 'own') sendOwn(head, decision.etag)
      else sendNotModified(decision.etag)
    }
    undoDestroy?.()
  }

  const fail = (error: unknown) => {
    undoDestroy?.()
    below.destroy.call(res, error instanceof Error ? error : new Error(String(error)))
  }

  const give = (...[method, args]: Call) => {
    queue.push([method, args])
    if (state.phase !== 'open') return
    state.phase = 'held'
    const decision = decide({
      status: state.head?.status ?? res.statusCode,
      ended: state.ended,
      chunk: typeof args[0] === 'function' ? undefined : args[0],
      awaited: typeof args.at(-1) === 'function',
    })
    if (!isPromise(decision)) settleOn(decision)
    else {
      undoDestroy = deferDestroy(req, res)
      decision.then(settleOn).catch(fail)
    }
  }

  /** it has come to its end all the same, and nobody knows to which */
  const cutOff = (error: Error | undefined) => {
    state.phase = 'held'
    const gone = () => {
      if (state.phase !== 'held') return
      drop()
      below.destroy.call(res, error)
    }
    const decision = decide({ status: 500, ended: true, chunk: undefined, awaited: true })
    if (isPromise(decision)) decision.then(gone, gone)
    else gone()
  }

  const reopen = installHeld(res, below, state, { give, cutOff, endLate })
  return {
    get status() {
      return state.phase === 'dropped' ? undefined : state.head?.status
    },
    get undecided() {
      return state.phase === 'open' || state.phase === 'held'
    },
    replace(write) {
      if (state.phase !== 'open' && state.phase !== 'held') return
      state.phase = 'held'
      settleOn({ answer: 'other', write })
    },
  }
}

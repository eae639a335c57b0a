import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { MaybePromise } from '../core/ledger.js'
import { isPromise } from '../core/promise.js'
import { applyHeaders, exposeEtag, restoreHeaders } from './answer-headers.js'
import { deferDestroy } from './deferred-destroy.js'

/** The answer as the handler began it. `ended`: it is complete, and `chunk` is all of its body. */
export interface AnswerStart {
  readonly status: number
  readonly ended: boolean
  readonly chunk: unknown
}

export type Decision =
  /** the handler's answer leaves, with this entity tag or with none */
  | { readonly answer: 'own'; readonly etag: string | undefined }
  /** another leaves in its place; `restore`: without a header that was set since the hold began */
  | { readonly answer: 'other'; readonly restore: boolean; readonly write: (res: ServerResponse) => void }

export interface HeldAnswer {
  /** the status that the answer has begun with, undefined before */
  readonly status: number | undefined
  /** nothing of the answer was sent yet, whatever the handler called */
  readonly undecided: boolean
  /** answers now and instead of whatever the handler still says */
  replace(write: (res: ServerResponse) => void): void
}

type Phase = 'open' | 'head' | 'held' | 'sent' | 'replaced'
type Method = 'write' | 'end' | 'flushHeaders'

const HELD_METHODS = [
  'writeHead',
  'write',
  'end',
  'flushHeaders',
  'setHeader',
  'appendHeader',
  'setHeaders',
  'removeHeader',
] as const
type Original = Pick<ServerResponse, (typeof HELD_METHODS)[number]>

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
  const original = originalMethods(res)
  const headersBefore = res.getHeaders()
  const queue: (readonly [method: Method, args: unknown[]])[] = []
  let phase: Phase = 'open'
  let explicitHead = false
  let status: number | undefined
  let message: string | undefined
  let ended = false
  let owesDrain = false
  let undoDestroy: (() => void) | undefined

  const beginHead = () => {
    if (phase !== 'open') return
    phase = 'head'
    status = res.statusCode
    message = res.statusMessage as string | undefined
    Object.defineProperty(res, 'headersSent', { configurable: true, get: () => true })
  }

  const letGo = () => {
    Reflect.deleteProperty(res, 'headersSent')
    Reflect.deleteProperty(res, 'writableEnded')
    res.statusCode = status ?? res.statusCode
    if (message !== undefined) res.statusMessage = message
  }

  const sendOwn = (etag: string | undefined) => {
    letGo()
    phase = 'sent'
    if (etag === undefined) original.removeHeader.call(res, 'ETag')
    else {
      original.setHeader.call(res, 'ETag', etag)
      exposeEtag(res, original.setHeader)
    }
    if (explicitHead) original.writeHead.call(res, res.statusCode)
    let flowing = true
    for (const [method, args] of queue) {
      const answer: unknown = Reflect.apply(original[method], res, args)
      if (method === 'write') flowing = answer === true
    }
    if (owesDrain && flowing && !ended) process.nextTick(() => res.emit('drain'))
  }

  const sendOther = (write: (res: ServerResponse) => void, restore: boolean) => {
    letGo()
    phase = 'sent'
    if (restore) restoreHeaders(res, headersBefore, original)
    write(res)
    // an error handler may still be about to answer: then the way stays open for it
    if (res.writableEnded) phase = 'replaced'
    for (const [, args] of queue) callBack(args)
    if (owesDrain && !ended) process.nextTick(() => res.emit('drain'))
  }

  const settleOn = (decision: Decision) => {
    if (phase !== 'held') return
    if (decision.answer === 'own') sendOwn(decision.etag)
    else sendOther(decision.write, decision.restore)
    undoDestroy?.()
  }

  const begin = (start: AnswerStart) => {
    beginHead()
    if (phase !== 'head') return
    phase = 'held'
    const decision = decide(start)
    if (!isPromise(decision)) {
      settleOn(decision)
      return
    }
    undoDestroy = deferDestroy(req)
    decision.then(settleOn, (error: unknown) => {
      undoDestroy?.()
      res.destroy(error instanceof Error ? error : new Error(String(error)))
    })
  }

  const headersMayChange = () => {
    if (phase === 'head' || phase === 'held') throw headersSentError()
  }

  res.writeHead = function writeHead(this: ServerResponse, code: number, ...rest: unknown[]) {
    if (phase === 'sent') return Reflect.apply(original.writeHead, res, [code, ...rest]) as ServerResponse
    if (phase === 'replaced') return res
    headersMayChange()
    const [reason] = rest
    const fields = typeof reason === 'string' ? rest[1] : rest.find((part) => typeof part === 'object')
    res.statusCode = code
    if (typeof reason === 'string') res.statusMessage = reason
    applyHeaders(res, fields as OutgoingHttpHeaders | unknown[] | undefined, original)
    explicitHead = true
    beginHead()
    return res
  } as ServerResponse['writeHead']

  res.write = function write(this: ServerResponse, ...args: unknown[]) {
    if (phase === 'sent') return Reflect.apply(original.write, res, args) as boolean
    if (phase === 'replaced') return swallow(args)
    queue.push(['write', args])
    owesDrain = true
    begin({ status: res.statusCode, ended: false, chunk: args[0] })
    return flowsAfter(res, () => phase)
  } as ServerResponse['write']

  res.end = function end(this: ServerResponse, ...args: unknown[]) {
    if (phase === 'sent') return Reflect.apply(original.end, res, args) as ServerResponse
    if (phase === 'replaced') {
      swallow(args)
      if (!ended) onLateEnd()
      ended = true
      return res
    }
    queue.push(['end', args])
    if (!ended) {
      ended = true
      if (phase !== 'open')
        Object.defineProperty(res, 'writableEnded', { configurable: true, get: () => true })
      const [chunk] = args
      begin({
        status: res.statusCode,
        ended: queue.length === 1,
        chunk: typeof chunk === 'function' ? undefined : chunk,
      })
      if (phase === 'held')
        Object.defineProperty(res, 'writableEnded', { configurable: true, get: () => true })
    }
    return res
  } as ServerResponse['end']

  res.flushHeaders = function flushHeaders() {
    if (phase === 'sent') original.flushHeaders.call(res)
    else if (phase !== 'replaced') {
      queue.push(['flushHeaders', []])
      begin({ status: res.statusCode, ended: false, chunk: undefined })
    }
  }

  for (const method of ['setHeader', 'appendHeader', 'setHeaders', 'removeHeader'] as const) {
    res[method] = function changeHeader(this: ServerResponse, ...args: unknown[]): unknown {
      headersMayChange()
      return Reflect.apply(original[method], res, args)
    } as never
  }

  return {
    get status() {
      return status
    },
    get undecided() {
      return phase !== 'sent' && phase !== 'replaced'
    },
    replace(write) {
      if (phase === 'sent' || phase === 'replaced') return
      if (phase === 'open') beginHead()
      phase = 'held'
      status = undefined
      settleOn({ answer: 'other', restore: true, write })
    },
  }
}

function originalMethods(res: ServerResponse): Original {
  const { writeHead, write, end, flushHeaders, setHeader, appendHeader, setHeaders, removeHeader } = res
  return { writeHead, write, end, flushHeaders, setHeader, appendHeader, setHeaders, removeHeader }
}

/** What `write` answers after it has begun the answer: true once everything has left and nothing waits. */
function flowsAfter(res: ServerResponse, phase: () => Phase): boolean {
  if (phase() === 'held') return false
  return phase() === 'replaced' || !res.writableNeedDrain
}

/** A handler that still writes to an answer that was replaced: to it, its data has gone out. */
function swallow(args: unknown[]): boolean {
  callBack(args)
  return true
}

function callBack(args: unknown[]): void {
  const last = args.at(-1)
  if (typeof last === 'function') process.nextTick(last as () => void)
}

/** The error that Node throws itself, since frameworks know it by this code. */
function headersSentError(): Error {
  return Object.assign(new Error('Cannot set headers after they are sent to the client'), {
    code: 'ERR_HTTP_HEADERS_SENT',
  })
}

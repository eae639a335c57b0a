import type { IncomingMessage, ServerResponse } from 'node:http'
import { headersOf, restoreHeaders } from './answer-headers.js'
import { callBack, methodsOf } from './answer-methods.js'
import { deferDestroy, type Deferral } from './deferred-destroy.js'
import { HeldMethods, type Call } from './held-methods.js'
import { owedDrain } from './owed-drain.js'

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
  if (res.headersSent) return NONE
  const below = methodsOf(res)
  const before = headersOf(res)
  const { statusCode } = res
  const drain = owedDrain(res)
  const queue: Call[] = []
  let deferral: Deferral | undefined

  const uncover = () => {
    deferral?.undo()
    deferral = undefined
    state.unshadow()
  }

  const state = new HeldMethods(res, below, {
    give(...call) {
      queue.push(call)
      state.phase = 'held'
      deferral ??= deferDestroy(req, res)
    },
    cutOff(error) {
      state.phase = 'sent'
      below.destroy.call(res, error)
    },
    endLate: () => {},
  })

  return {
    get status() {
      return state.head?.status
    },
    rewind() {
      if (state.head !== undefined && !state.ended) return false
      uncover()
      for (const [, args] of queue.splice(0)) callBack(args)
      state.rewind()
      res.statusCode = statusCode
      // through whatever stands there now: where another answer has left meanwhile, these are its headers
      restoreHeaders(res, res, before)
      return true
    },
    release() {
      const { head } = state
      uncover()
      state.phase = 'sent'
      if (head !== undefined) {
        res.statusCode = head.status
        res.statusMessage = head.message
        if (head.explicit) below.writeHead.call(res, head.status)
      }
      for (const [method, args] of queue.splice(0)) {
        const result: unknown = Reflect.apply(below[method], res, args)
        if (method === 'write') state.flowing = result === true
      }
      if (state.owesDrain && state.flowing && !state.ended) drain.pay()
      else drain.settle()
    },
  }
}

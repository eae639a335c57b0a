import type { ServerResponse } from 'node:http'
import { applyHead } from './answer-headers.js'
import {
  assertChunk,
  assertStatus,
  callBack,
  closeImplicitHead,
  HEADER_METHODS,
  headersSentError,
  install,
  shadow,
  type AnswerMethods,
} from './answer-methods.js'

/** The status line and the headers' end, as the handler gave them. */
export interface Head {
  readonly status: number
  readonly message: string
  /** it was given before the body, whose length it then does not know */
  readonly explicit: boolean
}

/** A step of the answer that waits with it. */
export type Call = readonly [method: 'write' | 'end' | 'flushHeaders', args: unknown[]]

/** How far a held answer has come. */
export interface HeldState {
  /** `dropped`: another has left in its place, or none at all */
  phase: 'open' | 'held' | 'sent' | 'dropped'
  head: Head | undefined
  /** the handler has ended it */
  ended: boolean
  /** what the last `write` that left said */
  flowing: boolean
  /** the handler was told to wait for `drain` */
  owesDrain: boolean
}

export interface HeldSteps {
  /** the next step; the first of them asks for the decision */
  readonly give: (...call: Call) => void
  /** the handler destroys an answer that it has not begun */
  readonly cutOff: (error: Error | undefined) => void
  /** the handler has ended an answer that was dropped */
  readonly endLate: () => void
}

/** Puts the methods on the answer by which the handler seems to send it; answers what opens its head again. */
export function installHeld(
  res: ServerResponse,
  below: AnswerMethods,
  state: HeldState,
  { give, cutOff, endLate }: HeldSteps,
): () => void {
  let implying = false

  /** as Node does with the first byte: through `writeHead`, where others listen for the head (`on-headers`) */
  const implyHead = () => {
    if (state.phase !== 'open' || state.head !== undefined) return
    implying = true
    try {
      res.writeHead(res.statusCode)
    } finally {
      implying = false
    }
  }

  const headIsClosed = () => state.phase === 'held' || (state.phase === 'open' && state.head !== undefined)
  const assertHeadIsOpen = () => {
    if (headIsClosed()) throw headersSentError()
  }

  install(res, {
    writeHead(status: number, ...rest: unknown[]) {
      if (state.phase === 'sent') return Reflect.apply(below.writeHead, res, [status, ...rest]) as unknown
      assertHeadIsOpen()
      if (state.phase === 'dropped') return res
      applyHead(res, status, rest, below)
      assertStatus(res.statusCode)
      state.head = { status: res.statusCode, message: res.statusMessage, explicit: !implying }
      shadow(res, 'headersSent', () => true)
      return res
    },
    write(...args: unknown[]) {
      if (state.phase === 'sent') return Reflect.apply(below.write, res, args) as unknown
      assertChunk(args[0])
      if (state.phase === 'dropped') {
        callBack(args)
        return true
      }
      implyHead()
      give('write', args)
      if (isHeld(state)) state.owesDrain = true
      return !isHeld(state) && state.flowing
    },
    end(...args: unknown[]) {
      if (state.phase === 'sent') return Reflect.apply(below.end, res, args) as unknown
      if (Boolean(args[0]) && typeof args[0] !== 'function') assertChunk(args[0])
      if (state.phase === 'dropped') {
        callBack(args)
        endLate()
        return res
      }
      implyHead()
      state.ended = true
      shadow(res, 'writableEnded', () => true)
      give('end', args)
      return res
    },
    flushHeaders() {
      if (state.phase === 'sent') below.flushHeaders.call(res)
      else if (state.phase !== 'dropped') {
        implyHead()
        give('flushHeaders', [])
      }
    },
    destroy(error?: Error) {
      if (state.phase === 'open') cutOff(error)
      else below.destroy.call(res, error)
      return res
    },
  })
  const reopen = closeImplicitHead(res, headIsClosed)
  for (const method of HEADER_METHODS) {
    install(res, {
      [method](...args: unknown[]): unknown {
        assertHeadIsOpen()
        return state.phase === 'dropped' ? res : (Reflect.apply(below[method], res, args) as unknown)
      },
    })
  }
  return reopen
}

function isHeld({ phase }: HeldState): boolean {
  return phase === 'held'
}

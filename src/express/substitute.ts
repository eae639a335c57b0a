import type { ServerResponse } from 'node:http'
import { applyHead, restoreHeaders, type HeadersBefore } from './answer-headers.js'
import { callBack, HEADER_METHODS, install, shadow, type AnswerMethods } from './answer-methods.js'

export interface Substitution {
  /** the methods that this answer is given by: what was mounted after the guard has no part in it */
  readonly methods: AnswerMethods
  readonly before: HeadersBefore
  readonly write: (res: ServerResponse) => void
  /** the handler has begun an answer, which is dropped */
  readonly begun: boolean
  /** the handler came to its end after this */
  readonly onLateEnd: () => void
}

/**
 * Another answer in the handler's place. `write` may give it at once or leave it to an error handler that takes
 * its time. It starts from the headers at the guard, and leaves without an entity tag (P7). What a handler still
 * says after it is dropped, without an error: it does not know.
 */
export function substitute(
  res: ServerResponse,
  { methods, before, write, begun, onLateEnd }: Substitution,
): void {
  let headLeft = false
  let answered = false
  let lateHead = begun
  let lateEnd = false

  const drop = (args: unknown[]): true => {
    lateHead = true
    callBack(args)
    return true
  }

  install(res, {
    writeHead(status: number, ...rest: unknown[]) {
      if (headLeft) {
        drop([])
        return res
      }
      applyHead(res, status, rest, methods)
      methods.removeHeader.call(res, 'ETag')
      // what was mounted before the guard may still set fields in here
      methods.writeHead.call(res, res.statusCode)
      headLeft = true
      return res
    },
    write: (...args: unknown[]) =>
      answered ? drop(args) : (Reflect.apply(methods.write, res, args) as unknown),
    end(...args: unknown[]) {
      if (!answered) {
        answered = true
        return Reflect.apply(methods.end, res, args) as unknown
      }
      drop(args)
      if (!lateEnd) onLateEnd()
      lateEnd = true
      return res
    },
    flushHeaders() {
      if (answered) drop([])
      else methods.flushHeaders.call(res)
    },
    destroy: methods.destroy,
  })
  for (const method of HEADER_METHODS) {
    install(res, {
      [method]: (...args: unknown[]): unknown =>
        headLeft ? res : (Reflect.apply(methods[method], res, args) as unknown),
    })
  }
  restoreHeaders(res, methods, before)
  write(res)

  if (begun) return
  // whoever logs this answer has seen it as it was; a handler that comes now is to find its own, not begun yet
  const forHandler = () => {
    lateHead = false
    shadow(res, 'headersSent', () => lateHead)
    shadow(res, 'writableEnded', () => lateEnd)
  }
  if (res.destroyed) forHandler()
  else res.once('close', forHandler)
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerNotes } from './notes.js'

/**
 * Express's final handler destroys the socket when an error comes after the answer was sent (`json()` and then
 * `next(err)`). Without the guard the answer has left by then; so while it is held, that destruction waits.
 * The answer undoes this, and makes up for a destruction that was asked for: once it is out, or at once where it
 * is a stream that has not come to its end.
 */
export function deferDestroy(req: IncomingMessage, res: ServerResponse): (() => void) | undefined {
  const socket = req.socket as IncomingMessage['socket'] | undefined
  if (typeof socket?.destroy !== 'function' || Object.hasOwn(socket, 'destroy')) return undefined
  let asked = false
  socket.destroy = function destroy(error?: Error) {
    if (error !== undefined) {
      Reflect.deleteProperty(socket, 'destroy')
      return socket.destroy(error)
    }
    asked = true
    return socket
  }
  const undo = () => {
    const notes = answerNotes(res)
    if (notes.undoDeferral !== undo) return
    notes.undoDeferral = undefined
    Reflect.deleteProperty(socket, 'destroy')
    if (!asked) return
    if (res.writableEnded && !res.writableFinished && !res.destroyed)
      res.once('finish', () => socket.destroy())
    else socket.destroy()
  }
  answerNotes(res).undoDeferral = undo
  return undo
}

/** Undoes it, whoever began it: another answer leaves in the place of the one that was held. */
export function liftDeferral(res: ServerResponse): void {
  answerNotes(res).undoDeferral?.()
}

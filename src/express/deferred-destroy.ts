import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { answerNotes } from './notes.js'

/** A destruction that waits for an answer. */
export class Deferral {
  asked = false

  constructor(
    readonly socket: Socket,
    readonly res: ServerResponse,
  ) {}

  /** `ended`: the handler has ended the answer, which may be on its way through what is mounted before the guard */
  undo(ended: boolean): void {
    const { res } = this
    const notes = answerNotes(res)
    if (notes.deferral !== this) return
    notes.deferral = undefined
    // what was asked for does not wait for a stream, which may have no end; and `express-session` keeps an end back
    const isAwaited = res.writableEnded ? this.asked : ended
    if (!isAwaited || res.writableFinished || res.destroyed) {
      this.#leave()
      return
    }
    res.once('close', () => {
      this.#leave()
    })
  }

  #leave(): void {
    const { socket } = this
    // the next answer on this connection may have one of its own
    if (deferrals.get(socket) === this) end(socket)
    if (this.asked) socket.destroy()
  }
}

const deferrals = new WeakMap<Socket, Deferral>()

/**
 * Express's final handler destroys the socket when an error comes after the answer was sent (`json()` and then
 * `next(err)`). Without the guard the answer has left by then; so while it is held, that destruction waits.
 * The answer undoes this, and makes up for a destruction that was asked for: once it is out, or at once where it
 * is a stream that has not come to its end.
 */
export function deferDestroy(req: IncomingMessage, res: ServerResponse): Deferral | undefined {
  const socket = req.socket as Socket | undefined
  if (typeof socket?.destroy !== 'function' || Object.hasOwn(socket, 'destroy')) return undefined
  const deferral = new Deferral(socket, res)
  deferrals.set(socket, deferral)
  // one function for all sockets: another one each time would give each socket a shape of its own
  socket.destroy = destroyLater
  answerNotes(res).deferral = deferral
  return deferral
}

function destroyLater(this: Socket, error?: Error): Socket {
  const deferral = deferrals.get(this)
  // by which nothing can leave any more, for the client has closed it: this is no final handler's, but Node's own
  const isOver = this.writableFinished
  if (error === undefined && deferral !== undefined && !isOver) {
    deferral.asked = true
    return this
  }
  end(this)
  return this.destroy(error)
}

function end(socket: Socket): void {
  deferrals.delete(socket)
  Reflect.deleteProperty(socket, 'destroy')
}

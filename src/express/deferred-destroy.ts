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

  undo(): void {
    const { socket, res } = this
    const notes = answerNotes(res)
    if (notes.deferral !== this) return
    notes.deferral = undefined
    end(socket)
    if (!this.asked) return
    if (res.writableEnded && !res.writableFinished && !res.destroyed)
      res.once('finish', () => socket.destroy())
    else socket.destroy()
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
  if (error === undefined && deferral !== undefined) {
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

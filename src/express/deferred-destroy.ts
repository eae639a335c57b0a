import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { answerNotes } from './notes.js'

/** A destruction that waits for an answer. */
export class Deferral {
  #asked = false
  #released = false

  constructor(
    readonly socket: Socket,
    readonly res: ServerResponse,
  ) {}

  ask(): void {
    this.#asked = true
    // what is mounted before the guard may have asked, and send nothing any more; but it may also be about to end the
    // answer, as `express-session` does once it has saved
    if (this.#released)
      setImmediate(() => {
        if (this.#released) this.#leave()
      })
  }

  /**
   * Whoever lets an answer go may hand it to another who holds it in turn, or begin it anew: what is answered inside a
   * transaction. False where it is held already.
   */
  resume(): boolean {
    if (!this.#released) return false
    this.#released = false
    answerNotes(this.res).deferral = this
    return true
  }

  /** The answer goes on its way. `ended`: it is whole, and what is mounted before the guard may keep its end back. */
  undo(ended: boolean): void {
    const { res } = this
    const notes = answerNotes(res)
    if (notes.deferral !== this) return
    notes.deferral = undefined
    this.#released = true
    if (ended) res.once('close', () => this.#leave())
    // a stream may have no end; what there is of it leaves, as without a guard, where Express comes in the next turn
    else if (this.#asked) this.ask()
    else this.#leave()
  }

  #leave(): void {
    const { socket } = this
    if (deferrals.get(socket) !== this) return
    deferrals.delete(socket)
    Reflect.deleteProperty(socket, 'destroy')
    if (this.#asked) socket.destroy()
  }
}

const deferrals = new WeakMap<Socket, Deferral>()

/**
 * Express's final handler destroys the socket when an error comes after the answer was sent (`json()` and then
 * `next(err)`). Without the guard the answer has left by then; so while it is held, that destruction waits.
 * The answer undoes this, and makes up for a destruction that was asked for: once it is out, or in the next turn where
 * it is a stream that has not come to its end.
 */
export function deferDestroy(req: IncomingMessage, res: ServerResponse): Deferral | undefined {
  const socket = req.socket as Socket | undefined
  if (typeof socket?.destroy !== 'function') return undefined
  const standing = deferrals.get(socket)
  if (standing?.res === res && standing.resume()) return standing
  if (Object.hasOwn(socket, 'destroy')) return undefined
  const deferral = new Deferral(socket, res)
  deferrals.set(socket, deferral)
  // one function for all sockets: another one each time would give each socket a shape of its own
  socket.destroy = destroyLater
  answerNotes(res).deferral = deferral
  return deferral
}

function destroyLater(this: Socket, error?: Error): Socket {
  const deferral = deferrals.get(this)
  // nothing can leave any more where the client has gone: this is no final handler's, but Node's own
  if (error === undefined && deferral !== undefined && !this.writableFinished) {
    deferral.ask()
    return this
  }
  deferrals.delete(this)
  Reflect.deleteProperty(this, 'destroy')
  return this.destroy(error)
}

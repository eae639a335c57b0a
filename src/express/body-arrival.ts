import type { IncomingMessage, ServerResponse } from 'node:http'

/** `complete`: all of it is here; `full`: no more comes by itself, the handler must read it or ask for it. */
export type Arrival = 'complete' | 'full' | 'aborted'

/**
 * Waits for the request's body without reading it, so that a body that trickles holds no key. Node stops
 * reading from the socket when its buffer is full; what is longer than that arrives under the claim.
 */
export function bodyArrival(req: IncomingMessage, res: ServerResponse): Arrival | Promise<Arrival> {
  if (!announcesBody(req)) return 'complete'
  return arrived(req) ?? (isHeldBack(res) ? 'full' : waitForBody(req))
}

/**
 * The client waits for a 100 that the application gives by itself (`checkContinue`), and has not yet: who comes after
 * the guard may be the one to give it (RFC 9110 §10.1.1).
 */
function isHeldBack(res: ServerResponse & { _expect_continue?: boolean; _sent100?: boolean }): boolean {
  return res._expect_continue === true && res._sent100 === false
}

/** RFC 9112 §6: a body is announced by Transfer-Encoding or a Content-Length above 0. */
export function announcesBody(req: IncomingMessage): boolean {
  const length = req.headers['content-length']
  return req.headers['transfer-encoding'] !== undefined || (length !== undefined && Number(length) > 0)
}

/** An adapter's own request, which is no message from a socket, does not know `complete`: it has its body. */
export function isComplete(req: IncomingMessage): boolean {
  const { complete = true } = req as { complete?: boolean }
  return complete || req.readableEnded
}

function arrived(req: IncomingMessage): Arrival | undefined {
  if (isComplete(req)) return 'complete'
  if (req.destroyed) return 'aborted'
  // a reader that is at work already (a parser that did not wait) empties the buffer by itself
  if (req.readableFlowing === true || req.readableLength >= req.readableHighWaterMark) return 'full'
  return undefined
}

function waitForBody(req: IncomingMessage): Promise<Arrival> {
  return new Promise((resolve) => {
    const look = () => {
      const arrival = arrived(req)
      if (arrival !== undefined) finish(arrival)
    }
    const onClose = () => {
      finish(isComplete(req) ? 'complete' : 'aborted')
    }
    const finish = (arrival: Arrival) => {
      req.off('readable', look)
      req.off('close', onClose)
      // Node forgets the listener in the next tick: only then may a parser listen for data
      process.nextTick(resolve, arrival)
    }
    req.on('readable', look)
    req.on('close', onClose)
    // a short body may have come whole with its headers: it is complete as soon as this parse is over
    process.nextTick(look)
  })
}

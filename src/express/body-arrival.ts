import type { IncomingMessage } from 'node:http'

/** `complete`: all of it is here; `full`: the buffer is, and somebody must read before more can come. */
export type Arrival = 'complete' | 'full' | 'aborted'

/**
 * Waits for the request's body without reading it, so that a body that trickles holds no key. Node stops
 * reading from the socket when its buffer is full; what is longer than that arrives under the claim.
 */
export function bodyArrival(req: IncomingMessage): Arrival | Promise<Arrival> {
  if (!announcesBody(req)) return 'complete'
  return arrived(req) ?? waitForBody(req)
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

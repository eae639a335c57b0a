import { IncomingMessage } from 'node:http'
import { IfMatchError } from '../core/errors.js'
import { requestNotes, requestNotesSoFar } from './notes.js'
import { ownProperty } from './own-property.js'
import type { AnyWrite } from './write-handle.js'

/** prototypes of requests whose `precondition` comes of their notes */
const reading = new WeakSet<object>()

/** Puts the handle on the request, where `guard()` promises it: on `req.precondition`. */
export function attachHandle(req: IncomingMessage, handle: AnyWrite): void {
  requestNotes(req).handle = handle
  const prototype = Object.getPrototypeOf(req) as object
  // what the application has put there stands in front
  if (reading.has(prototype) && !Object.hasOwn(req, 'precondition')) return
  shareProperty(prototype)
  // where nothing has the name, an assignment makes the same property, and is cheaper
  if (!('precondition' in req)) {
    const bare: IncomingMessage & { precondition?: AnyWrite } = req
    bare.precondition = handle
  } else if (Reflect.get(req, 'precondition') === handle) reading.add(prototype)
  else Object.defineProperty(req, 'precondition', ownProperty(handle))
}

/**
 * A property of its own would cost each request a good part of its guard (docs/decisions/0021), so all of them share one
 * where Express has its own extensions of requests, `express.request`. Node's prototype is everybody's, and stays as
 * it is.
 */
function shareProperty(prototype: object): void {
  for (let at = prototype; at !== IncomingMessage.prototype;) {
    const next = Object.getPrototypeOf(at) as object | null
    if (next === null) return
    if (next === IncomingMessage.prototype && !('precondition' in at))
      Reflect.defineProperty(at, 'precondition', SHARED)
    at = next
  }
}

const SHARED: PropertyDescriptor = {
  configurable: true,
  get(this: IncomingMessage) {
    return handleOf(this)
  },
  set(this: IncomingMessage, value: unknown) {
    Object.defineProperty(this, 'precondition', ownProperty(value))
  },
}

/** The handle of a guarded request, or undefined. */
export function handleOf(req: IncomingMessage): AnyWrite | undefined {
  return requestNotesSoFar(req)?.handle
}

/** The handle that `guard()` left on the request; throws ERR_NO_PRECONDITION where no guard ran before. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- only the application knows its guard
export function preconditionOf<Write extends AnyWrite = AnyWrite>(req: IncomingMessage): Write {
  const handle = handleOf(req)
  if (handle === undefined) throw noPrecondition(req, 'preconditionOf(req)', 'no guard has run')
  return handle as Write
}

/**
 * What a wrapped handler gets where there is nothing to guard: a safe method, or a key function that leaves the
 * request alone. Whoever uses it learns why.
 */
export function absentHandle(req: IncomingMessage): AnyWrite {
  return new Proxy({} as AnyWrite, {
    get(_, member) {
      throw noPrecondition(req, `write.${String(member)}`, 'nothing is guarded')
    },
  })
}

function noPrecondition(req: IncomingMessage, what: string, why: string): IfMatchError {
  return new IfMatchError(
    'ERR_NO_PRECONDITION',
    `${what}: ${why} for ${req.method ?? ''} ${JSON.stringify(req.url ?? '')}. Put guard() before this handler, on a method that writes and a path that has a key (ERR_NO_PRECONDITION, see docs/errors.md)`,
  )
}

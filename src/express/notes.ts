import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HeaderLines } from '../core/preconditions.js'
import type { SeenBody } from './answer-body.js'
import type { HeadersBefore } from './answer-headers.js'
import type { Deferral } from './deferred-destroy.js'
import type { HeldMethods } from './held-methods.js'
import type { Held } from './holders.js'
import { ownProperty } from './own-property.js'
import type { Explainer } from './stale-write.js'
import type { AnyWrite } from './write-handle.js'

/** What guards note of a request, beside what they note of its answer. */
export interface RequestNotes {
  handle: AnyWrite | undefined
  /** the conditional fields as they came */
  lines: HeaderLines | undefined
  /** the keys that guards of this request hold */
  held: Held | undefined
  explainer: Explainer | undefined
}

export interface AnswerNotes {
  /** undefined until somebody asks for them by the request */
  request: RequestNotes | undefined
  /** the outermost hold */
  first: HeldMethods | undefined
  /** the outermost watch of the body */
  body: SeenBody | undefined
  /** as they were at the innermost guard so far */
  before: HeadersBefore | undefined
  /** it has its entity tag, or none, by the guard that knows */
  tagged: boolean
  /** of the row that is being answered */
  version: string | undefined
  /** the answer of a read is held */
  reading: boolean
  deferral: Deferral | undefined
}

/** `res`: whatever an application without Express has put there */
type Request = IncomingMessage & { res?: unknown; _expressIfMatch?: RequestNotes }
type Answer = ServerResponse & { req: IncomingMessage; _expressIfMatch?: AnswerNotes }

/** Made where there are none. */
export function requestNotes(req: IncomingMessage): RequestNotes {
  return requestNotesSoFar(req) ?? newRequestNotes(req)
}

/** Undefined where nothing was noted yet. */
export function requestNotesSoFar(req: Request): RequestNotes | undefined {
  const res = answerOf(req)
  const noted = res === undefined ? undefined : notesSoFar(res)?.request
  // found at less cost than what a request by itself keeps and goes on with under Express, which has them know each other
  if (noted !== undefined && res?.req === req) return noted
  return req._expressIfMatch ?? noted
}

function newRequestNotes(req: Request): RequestNotes {
  const notes: RequestNotes = { handle: undefined, lines: undefined, held: undefined, explainer: undefined }
  const res = answerOf(req)
  if (res === undefined) req._expressIfMatch = notes
  else answerNotes(res).request = notes
  return notes
}

function answerOf({ res }: Request): ServerResponse | undefined {
  return typeof res === 'object' && res !== null ? (res as ServerResponse) : undefined
}

/** Undefined where nothing was noted yet. */
export function notesSoFar(res: ServerResponse): AnswerNotes | undefined {
  return (res as Answer)._expressIfMatch
}

/** Made where there are none. */
export function answerNotes(res: ServerResponse): AnswerNotes {
  const known = notesSoFar(res)
  if (known !== undefined) return known
  const notes: AnswerNotes = {
    request: undefined,
    first: undefined,
    body: undefined,
    before: undefined,
    tagged: false,
    version: undefined,
    reading: false,
    deferral: undefined,
  }
  // one that is not Express's has the prototype that it was made with
  if ('send' in res) keepAsTables(res)
  ;(res as Answer)._expressIfMatch = notes
  return notes
}

/**
 * Express gives each request and each answer another prototype. After that V8 draws up a shape for this one object with
 * each property that is put on it, and none of the code that uses it later, Node's and Express's own, finds a shape that
 * it knows. An object that has lost a property is kept as a table instead: what is put on it is an entry, and all
 * tables are alike. It gets back at once what it lost. Measured, that makes a guarded request cheaper
 * (docs/decisions/0021).
 */
function keepAsTables(res: Answer): void {
  const req = res.req as Request | undefined
  if (req === undefined) return
  if (Reflect.deleteProperty(res, 'req')) {
    try {
      res.req = req
    } catch {
      Reflect.defineProperty(res, 'req', ownProperty(req))
    }
  }
  // Node puts more on a request only where nobody has read its body
  if (wasRead(req)) return
  if (req.res === res && Object.hasOwn(req, 'res') && Reflect.deleteProperty(req, 'res')) {
    try {
      req.res = res
    } catch {
      Reflect.defineProperty(req, 'res', ownProperty(res))
    }
  }
}

/** A request that is no stream has Node's getter all the same, by the prototype that Express gives it; there it throws. */
function wasRead(req: IncomingMessage): boolean {
  try {
    return req.readableDidRead
  } catch {
    return false
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HeaderLines } from '../core/preconditions.js'
import type { HeadersBefore } from './answer-headers.js'
import type { HeldMethods } from './held-methods.js'
import type { Held } from './holders.js'
import type { Explain } from './stale-write.js'

/*
 * What guards note on a request and on its answer, beside them: after Express has given an object another prototype,
 * each property that is put on it makes V8 draw up a new shape for that one object. Measured, that costs more than a
 * claim. (docs/decisions/0021)
 */

export interface RequestNotes {
  /** the conditional fields as they came */
  lines: HeaderLines | undefined
  /** the keys that guards of this request hold */
  held: Held | undefined
  explain: Explain | undefined
}

export interface AnswerNotes {
  /** the outermost hold */
  first: HeldMethods | undefined
  /** as they were at the innermost guard so far */
  before: HeadersBefore | undefined
  /** it has its entity tag, or none, by the guard that knows */
  tagged: boolean
  /** of the row that is being answered */
  version: string | undefined
  /** the answer of a read is held */
  reading: boolean
  undoDeferral: (() => void) | undefined
}

const requests = new WeakMap<IncomingMessage, RequestNotes>()
const answers = new WeakMap<ServerResponse, AnswerNotes>()

/** Made where there are none. */
export function requestNotes(req: IncomingMessage): RequestNotes {
  const known = requests.get(req)
  if (known !== undefined) return known
  const notes = { lines: undefined, held: undefined, explain: undefined }
  requests.set(req, notes)
  return notes
}

export function notedOn(req: IncomingMessage): RequestNotes | undefined {
  return requests.get(req)
}

/** Made where there are none. */
export function answerNotes(res: ServerResponse): AnswerNotes {
  const known = answers.get(res)
  if (known !== undefined) return known
  const notes: AnswerNotes = {
    first: undefined,
    before: undefined,
    tagged: false,
    version: undefined,
    reading: false,
    undoDeferral: undefined,
  }
  answers.set(res, notes)
  return notes
}

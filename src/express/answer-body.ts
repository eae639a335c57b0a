import type { ServerResponse } from 'node:http'
import { IfMatchError, show } from '../core/errors.js'
import { spareHash } from './body-hash.js'
import type { ExpressResponse } from './express-types.js'
import { answerNotes } from './notes.js'

/** Who puts a version into the JSON objects that are answered with success. */
export interface Embedding {
  /** the member that carries it */
  readonly member: string
  embeddedVersion(): string | undefined
}

/** What is seen of the body where Express still has it whole. Gone once the answer leaves; nothing is copied. */
export class SeenBody {
  /** what `json` was given */
  object: unknown
  /** what `send` was given, before any coding (`compression`) */
  sent: string | Uint8Array | undefined
  readonly #embedding: Embedding | undefined
  readonly #ownSend: Method | undefined
  readonly #ownJson: Method | undefined

  constructor(answer: ExpressResponse, embedding: Embedding | undefined) {
    this.#embedding = embedding
    this.#ownSend = ownOf(answer, 'send')
    this.#ownJson = ownOf(answer, 'json')
  }

  send(answer: ExpressResponse, args: unknown[]): unknown {
    if (!answer.headersSent) {
      const [body] = args
      if (typeof body === 'string' || body instanceof Uint8Array) this.sent = body
      spareHash(answer)
    }
    return (this.#ownSend ?? inheritedOf(answer, 'send')).apply(answer, args)
  }

  json(answer: ExpressResponse, args: unknown[]): unknown {
    const json = this.#ownJson ?? inheritedOf(answer, 'json')
    // Express 4 also takes (status, body), long deprecated; that form passes as it is
    if (args.length !== 1 || answer.headersSent) return json.apply(answer, args)
    const [body] = args
    this.object = body
    const embedding = answer.statusCode < 300 ? this.#embedding : undefined
    return json.call(answer, embedding === undefined ? body : this.#embedded(answer, body, embedding))
  }

  /** Of several guards with one member the innermost comes first. It knows the state best: the tag is its own as well. */
  #embedded(answer: ExpressResponse, body: unknown, embedding: Embedding): unknown {
    const { member } = embedding
    const by = embedders.get(answer)
    // itself again: the handler tries anew, after an object that could not be sent
    if ((by?.get(member) ?? this) !== this) return body
    const whole = embedded(body, embedding)
    if (whole === body) return body
    if (by === undefined) embedders.set(answer, new Map([[member, this]]))
    else by.set(member, this)
    return whole
  }
}

/** Who has put which member into an answer. */
const embedders = new WeakMap<ExpressResponse, Map<string, SeenBody>>()

/**
 * Looks at the body on its way through `send`, and through `json` where there is something to embed or `object` is
 * wanted. Undefined where the answer is not one of Express.
 */
export function watchBody(
  res: ServerResponse,
  { embedding, object = false }: { embedding?: Embedding | undefined; object?: boolean },
): SeenBody | undefined {
  const answer: ExpressResponse = res
  if (typeof answer.send !== 'function' || typeof answer.json !== 'function') return undefined
  const notes = answerNotes(res)
  const seen = new SeenBody(answer, embedding)
  const isFirst = notes.body === undefined
  if (isFirst) notes.body = seen
  // as with the methods of a hold: those of the first watch are the same for all answers
  const { send, json } = isFirst ? SHARED : methodsFor(() => seen)
  answer.send = send
  if (embedding !== undefined || object) answer.json = json
  return seen
}

type Method = (...args: unknown[]) => unknown

const SHARED = methodsFor((res) => answerNotes(res).body as SeenBody)

function methodsFor(bodyOf: (res: ServerResponse) => SeenBody): { send: Method; json: Method } {
  return {
    send(this: ExpressResponse, ...args) {
      return bodyOf(this).send(this, args)
    },
    json(this: ExpressResponse, ...args) {
      return bodyOf(this).json(this, args)
    },
  }
}

/** What somebody has put on this answer already. */
function ownOf(answer: ExpressResponse, name: 'send' | 'json'): Method | undefined {
  return Object.hasOwn(answer, name) ? Reflect.get(answer, name) : undefined
}

/** What its application gives it: a sub-app changes the prototype. */
function inheritedOf(answer: ExpressResponse, name: 'send' | 'json'): Method {
  return Reflect.get(Object.getPrototypeOf(answer) as object, name) as Method
}

function embedded(body: unknown, embedding: Embedding): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
  const { member } = embedding
  const version = embedding.embeddedVersion()
  if (version === undefined) return body
  const plain: unknown =
    'toJSON' in body && typeof body.toJSON === 'function' ? Reflect.apply(body.toJSON, body, []) : body
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) return plain
  if (Object.hasOwn(plain, member)) {
    throw new IfMatchError(
      'ERR_BODY_VERSION_TAKEN',
      `bodyVersion: the answered object has a member ${show(member)} of its own, and the two would be confused. Choose another name (ERR_BODY_VERSION_TAKEN, see docs/errors.md)`,
    )
  }
  return { ...plain, [member]: version }
}

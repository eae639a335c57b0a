import type { ServerResponse } from 'node:http'
import type { HeaderMethods } from './answer-methods.js'
import type { HeldMethods } from './held-methods.js'
import { answerNotes } from './notes.js'

/*
 * What stands on the answer itself. The functions of the first hold are the same for all answers, so that a guarded
 * write makes none: an answer finds its own hold in its notes. A hold on top of another one needs functions of its own.
 */

/** The methods of one hold. */
export interface Face
  extends HeaderMethods, Pick<ServerResponse, 'writeHead' | 'write' | 'end' | 'flushHeaders' | 'destroy'> {
  readonly _implicitHeader: (this: ServerResponse) => void
}

/** Puts those on the answer by which it begins; the others come when its head is closed. */
export function putOn(res: ServerResponse, methods: HeldMethods): Face {
  const notes = answerNotes(res)
  const isFirst = notes.first === undefined
  if (isFirst) notes.first = methods
  const face = isFirst ? SHARED : faceOf(() => methods)
  res.writeHead = face.writeHead
  res.write = face.write
  res.end = face.end
  res.flushHeaders = face.flushHeaders
  res.destroy = face.destroy
  return face
}

const SHARED = faceOf((res) => answerNotes(res).first as HeldMethods)

function faceOf(held: (res: ServerResponse) => HeldMethods): Face {
  return {
    writeHead(this: ServerResponse, ...args: unknown[]) {
      return held(this).writeHead(args)
    },
    write(this: ServerResponse, ...args: unknown[]) {
      return held(this).write(args)
    },
    end(this: ServerResponse, ...args: unknown[]) {
      return held(this).end(args)
    },
    flushHeaders(this: ServerResponse) {
      held(this).flushHeaders()
    },
    destroy(this: ServerResponse, error?: Error) {
      return held(this).destroy(error)
    },
    setHeader(this: ServerResponse, ...args: unknown[]) {
      return held(this).changeHeader('setHeader', args)
    },
    appendHeader(this: ServerResponse, ...args: unknown[]) {
      return held(this).changeHeader('appendHeader', args)
    },
    setHeaders(this: ServerResponse, ...args: unknown[]) {
      return held(this).changeHeader('setHeaders', args)
    },
    removeHeader(this: ServerResponse, ...args: unknown[]) {
      return held(this).changeHeader('removeHeader', args)
    },
    _implicitHeader(this: ServerResponse) {
      held(this).beginImplicitHead()
    },
  } as Face
}

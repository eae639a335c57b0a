import type { ServerResponse } from 'node:http'
import type { HeldMethods } from './held-methods.js'

/*
 * What stands on the answer itself. The functions of the first hold are the same for all answers, so that a guarded
 * write makes none: an answer finds its own hold by a symbol. A hold on top of another one needs functions of its own.
 */

const FIRST = Symbol('express-if-match.first-hold')
type Held = ServerResponse & { [FIRST]?: HeldMethods }

/** Puts the methods on the answer; answers its `writeHead`, to be told from one that was put on top of it. */
export function putOn(res: Held, methods: HeldMethods): unknown {
  const isFirst = res[FIRST] === undefined
  if (isFirst) res[FIRST] = methods
  const face = isFirst ? SHARED : faceOf(() => methods)
  res.writeHead = face.writeHead
  res.write = face.write
  res.end = face.end
  res.flushHeaders = face.flushHeaders
  res.destroy = face.destroy
  return face.writeHead
}

type Face = Pick<ServerResponse, 'writeHead' | 'write' | 'end' | 'flushHeaders' | 'destroy'>

const SHARED = faceOf((res) => res[FIRST] as HeldMethods)

function faceOf(held: (res: Held) => HeldMethods): Face {
  return {
    writeHead(this: Held, ...args: unknown[]) {
      return held(this).writeHead(args)
    },
    write(this: Held, ...args: unknown[]) {
      return held(this).write(args)
    },
    end(this: Held, ...args: unknown[]) {
      return held(this).end(args)
    },
    flushHeaders(this: Held) {
      held(this).flushHeaders()
    },
    destroy(this: Held, error?: Error) {
      return held(this).destroy(error)
    },
  } as Face
}

import type { ServerResponse } from 'node:http'

/** Everything by which a handler gives its answer. */
const METHODS = [
  'writeHead',
  'write',
  'end',
  'flushHeaders',
  'setHeader',
  'appendHeader',
  'setHeaders',
  'removeHeader',
  'destroy',
] as const

export const HEADER_METHODS = ['setHeader', 'appendHeader', 'setHeaders', 'removeHeader'] as const

export type AnswerMethods = Pick<ServerResponse, (typeof METHODS)[number]>
export type HeaderMethods = Pick<ServerResponse, (typeof HEADER_METHODS)[number]>

/** The methods as they are now: Node's own, or those of what was mounted before (`compression`). */
export function methodsOf(res: ServerResponse): AnswerMethods {
  return Object.fromEntries(
    METHODS.map((name) => [name, Reflect.get(res, name) as unknown]),
  ) as unknown as AnswerMethods
}

export type Replacement = Partial<Record<(typeof METHODS)[number], (...args: never[]) => unknown>>

export function install(res: ServerResponse, methods: Replacement): void {
  Object.assign(res, methods)
}

/** What the property says while the truth would give the hold away. */
export function shadow(
  res: ServerResponse,
  property: 'headersSent' | 'writableEnded',
  get: () => boolean,
): void {
  Object.defineProperty(res, property, { configurable: true, get })
}

export function unshadow(res: ServerResponse): void {
  Reflect.deleteProperty(res, 'headersSent')
  Reflect.deleteProperty(res, 'writableEnded')
}

/**
 * `express-session` looks for a head where Node keeps it, and begins one itself where it finds none. While a head
 * is held it is not to begin a second. The answer takes this away, and whatever was put on top of it.
 */
export function closeImplicitHead(res: ServerResponse, isClosed: () => boolean): () => void {
  const { _implicitHeader: begin } = res as { _implicitHeader?: () => void }
  if (begin === undefined) return () => {}
  Object.assign(res, {
    _implicitHeader() {
      if (!isClosed()) begin.call(res)
    },
  })
  return () => {
    Object.assign(res, { _implicitHeader: begin })
  }
}

/** To a handler whose answer is not wanted any more, its data has gone out. */
export function callBack(args: readonly unknown[]): void {
  const last = args.at(-1)
  if (typeof last === 'function') process.nextTick(last)
}

/*
 * What Node throws at once must not wait until the answer leaves, when nobody is there to catch it. The codes
 * are Node's, for frameworks know the errors by them.
 */

export function headersSentError(): Error {
  return coded(new Error('Cannot set headers after they are sent to the client'), 'ERR_HTTP_HEADERS_SENT')
}

export function assertChunk(chunk: unknown): void {
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) return
  if (chunk === null)
    throw coded(new TypeError('May not write null values to stream'), 'ERR_STREAM_NULL_VALUES')
  throw coded(
    new TypeError('The "chunk" argument must be of type string or an instance of Buffer or Uint8Array.'),
    'ERR_INVALID_ARG_TYPE',
  )
}

export function assertStatus(status: number): void {
  if (Math.trunc(status) >= 100 && Math.trunc(status) <= 999) return
  throw coded(new RangeError(`Invalid status code: ${String(status)}`), 'ERR_HTTP_INVALID_STATUS_CODE')
}

function coded(error: Error, code: string): Error {
  return Object.assign(error, { code })
}

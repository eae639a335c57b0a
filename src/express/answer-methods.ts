import type { ServerResponse } from 'node:http'

/** By which a handler sets what comes before its answer's body. */
export const HEADER_METHODS = ['setHeader', 'appendHeader', 'setHeaders', 'removeHeader'] as const

export type HeaderMethods = Pick<ServerResponse, (typeof HEADER_METHODS)[number]>

/** Everything by which a handler gives its answer. */
export type AnswerMethods = HeaderMethods &
  Pick<ServerResponse, 'writeHead' | 'write' | 'end' | 'flushHeaders' | 'destroy'>

/* eslint-disable @typescript-eslint/unbound-method -- they are kept to be called on the same answer */

let lastSeen: AnswerMethods | undefined

/** The methods as they are now: Node's own, or those of what was mounted before (`compression`). */
export function methodsOf(res: ServerResponse): AnswerMethods {
  // the same on most answers: no need to note them for each
  if (lastSeen === undefined || !areOf(lastSeen, res))
    lastSeen = {
      writeHead: res.writeHead,
      write: res.write,
      end: res.end,
      flushHeaders: res.flushHeaders,
      destroy: res.destroy,
      ...headerMethodsOf(res),
    }
  return lastSeen
}

function areOf(methods: AnswerMethods, res: ServerResponse): boolean {
  return (
    methods.writeHead === res.writeHead &&
    methods.write === res.write &&
    methods.end === res.end &&
    methods.flushHeaders === res.flushHeaders &&
    methods.destroy === res.destroy &&
    methods.setHeader === res.setHeader &&
    methods.appendHeader === res.appendHeader &&
    methods.setHeaders === res.setHeaders &&
    methods.removeHeader === res.removeHeader
  )
}

export function headerMethodsOf({
  setHeader,
  appendHeader,
  setHeaders,
  removeHeader,
}: HeaderMethods): HeaderMethods {
  return { setHeader, appendHeader, setHeaders, removeHeader }
}

/* eslint-enable @typescript-eslint/unbound-method */

export type Replacement = Partial<Record<keyof AnswerMethods, (...args: never[]) => unknown>>

export function install(res: ServerResponse, methods: Replacement): void {
  Object.assign(res, methods)
}

/** What the property says while the truth would give the hold away. */
export function shadow(
  res: ServerResponse,
  property: 'headersSent' | 'writableEnded',
  get?: () => boolean,
): void {
  Object.defineProperty(res, property, get === undefined ? SEEMS_TRUE : { configurable: true, get })
}

const SEEMS_TRUE: PropertyDescriptor = { configurable: true, get: () => true }

export function unshadow(res: ServerResponse): void {
  Reflect.deleteProperty(res, 'headersSent')
  Reflect.deleteProperty(res, 'writableEnded')
}

export function implicitHeadOf(res: ServerResponse): unknown {
  return Reflect.get(res, '_implicitHeader')
}

export function setImplicitHead(res: ServerResponse, begin: unknown): void {
  if (begin !== implicitHeadOf(res)) Object.assign(res, { _implicitHeader: begin })
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

export function assertMessage(message: string | undefined): void {
  if (message && /[^\t\x20-\x7e\x80-\xff]/.test(message))
    throw coded(new TypeError('Invalid character in statusMessage'), 'ERR_INVALID_CHAR')
}

function coded(error: Error, code: string): Error {
  return Object.assign(error, { code })
}

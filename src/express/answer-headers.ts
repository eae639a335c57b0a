import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { AnswerMethods, HeaderMethods } from './answer-methods.js'
import { answerNotes, notesSoFar } from './notes.js'

/** The header argument of `writeHead`, in each of the forms that Node takes. */
function applyHeaders(
  res: ServerResponse,
  fields: OutgoingHttpHeaders | unknown[] | null | undefined,
  methods: HeaderMethods,
): void {
  if (fields === undefined || fields === null) return
  if (!Array.isArray(fields)) {
    for (const [name, value] of Object.entries(fields)) {
      if (value !== undefined) methods.setHeader.call(res, name, value)
    }
    return
  }
  const flat = (Array.isArray(fields[0]) ? fields.flat(1) : fields) as OutgoingHttpHeader[]
  for (let index = 0; index < flat.length; index += 2) methods.removeHeader.call(res, String(flat[index]))
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const value = flat[index + 1] as string | string[]
    methods.appendHeader.call(res, String(flat[index]), typeof value === 'number' ? String(value) : value)
  }
}

/** The arguments of `writeHead` after the status: `(headers)`, `(reason)` or `(reason, headers)`. */
export function applyHead(
  res: ServerResponse,
  status: number,
  [first, second]: readonly unknown[],
  methods: HeaderMethods,
): void {
  res.statusCode = status
  if (typeof first === 'string') res.statusMessage = first
  const fields = typeof first === 'string' ? second : (first ?? second)
  applyHeaders(res, fields as OutgoingHttpHeaders | unknown[] | null | undefined, methods)
}

/** Headers and reason phrase at one moment: names, in lower case, and the value of each at the same place. */
export interface HeadersBefore {
  readonly names: readonly string[]
  readonly values: readonly (OutgoingHttpHeader | undefined)[]
  readonly message: string
}

export function headersOf(res: ServerResponse): HeadersBefore {
  // not getHeaders(): the copy that it makes costs as much as half a guard
  const names = res.getHeaderNames()
  if (names.length === 0) return { names, values: names, message: res.statusMessage }
  return { names, values: names.map((name) => res.getHeader(name)), message: res.statusMessage }
}

/** Remembers the headers as they are at this guard, which of several is the innermost so far. */
export function rememberHeaders(res: ServerResponse): HeadersBefore {
  const before = headersOf(res)
  answerNotes(res).before = before
  return before
}

/**
 * The headers as they were at the guard, so that nothing stays behind of an answer that is not sent (`Location`,
 * cookies, codings). As they are, where no guard remembers any.
 */
export function restoreHeaders(
  res: ServerResponse,
  methods: HeaderMethods = res,
  before: HeadersBefore | undefined = answerNotes(res).before,
): void {
  if (before === undefined) return
  res.statusMessage = before.message
  for (const name of res.getHeaderNames()) {
    if (!before.names.includes(name)) methods.removeHeader.call(res, name)
  }
  for (const [index, name] of before.names.entries()) {
    const value = before.values[index]
    if (value !== undefined && res.getHeader(name) !== value) methods.setHeader.call(res, name, value)
  }
}

/** Puts the entity tag on, or takes off whatever is there; of several guards the innermost knows the state. */
export function tagAnswer(res: ServerResponse, etag: string | undefined, methods: HeaderMethods): void {
  // whoever holds an answer has notes of it: without any there is no other guard
  const notes = notesSoFar(res)
  if (notes?.tagged === true) return
  if (notes !== undefined) notes.tagged = true
  if (etag === undefined) methods.removeHeader.call(res, 'ETag')
  else {
    methods.setHeader.call(res, 'ETag', etag)
    exposeEtag(res, methods)
  }
}

/** A page of another origin sees an entity tag only where it is named (Fetch standard, CORS-exposed header names). */
function exposeEtag(res: ServerResponse, { setHeader }: HeaderMethods): void {
  // in lower case Node makes no copy of the name
  if (!res.hasHeader('access-control-allow-origin')) return
  const exposed = res.getHeader('Access-Control-Expose-Headers')
  const names = exposed === undefined ? '' : String(exposed)
  if (names.split(',').some((name) => name.trim().toLowerCase() === 'etag')) return
  setHeader.call(res, 'Access-Control-Expose-Headers', names === '' ? 'ETag' : `${names}, ETag`)
}

/** Answers that the client has it already: with all headers of the answer but those of its body (RFC 9110 §15.4.5). */
export function endNotModified(res: ServerResponse, etag: string | undefined, methods: AnswerMethods): void {
  res.statusCode = 304
  res.statusMessage = ''
  removeContentHeaders(res, methods)
  tagAnswer(res, etag, methods)
  Reflect.apply(methods.writeHead, res, [304])
  Reflect.apply(methods.end, res, [])
}

function removeContentHeaders(res: ServerResponse, methods: HeaderMethods): void {
  for (const name of ['Content-Type', 'Content-Length', 'Transfer-Encoding', 'Content-Encoding'])
    methods.removeHeader.call(res, name)
}

import type { IncomingMessage } from 'node:http'
import { types } from 'node:util'
import type { HeaderLines } from '../core/preconditions.js'
import { requestNotes } from './notes.js'
import { ownProperty } from './own-property.js'

type Headers = IncomingMessage['headers']

const FIELDS = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'] as const
const CONDITIONAL = new Set<string>(FIELDS)

/**
 * The conditional fields, line by line, their names in lower case: of several If-Unmodified-Since lines Node's `headers`
 * keeps only the first, which would make a list of dates look like one. Serverless adapters leave
 * `rawHeaders` empty; there `headers` is all there is.
 */
export function conditionalLines(req: IncomingMessage): HeaderLines {
  const notes = requestNotes(req)
  notes.lines ??= linesOf(req)
  return notes.lines
}

function linesOf(req: IncomingMessage): HeaderLines {
  const raw = req.rawHeaders as string[] | undefined
  if (raw !== undefined && raw.length > 0) return withAdded(rawLinesOf(raw), req)
  const lines: [string, string][] = []
  for (const [name, value] of Object.entries(req.headers)) {
    const field = conditional(name)
    if (value === undefined || field === undefined) continue
    for (const line of Array.isArray(value) ? value : [value]) lines.push([field, line])
  }
  return lines
}

/** With the fields that a middleware has put in, for clients that say them in another way. */
function withAdded(lines: HeaderLines, { headers }: IncomingMessage): HeaderLines {
  let all = lines
  for (const name of FIELDS) {
    const value = headers[name]
    if (value !== undefined && !hasLine(lines, name)) all = [...all, [name, value]]
  }
  return all
}

/** `field`: in lower case, as `conditionalLines` has them. */
export function hasLine(lines: HeaderLines, field: (typeof FIELDS)[number]): boolean {
  for (const [name] of lines) if (name === field) return true
  return false
}

function rawLinesOf(raw: readonly string[]): HeaderLines {
  let lines: [string, string][] | undefined
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const field = conditional(raw[index] ?? '')
    if (field === undefined) continue
    const line: [string, string] = [field, raw[index + 1] ?? '']
    if (lines === undefined) lines = [line]
    else lines.push(line)
  }
  return lines ?? NO_LINES
}

const NO_LINES: HeaderLines = []

/** The name in lower case. Most fields of a request are told by their first letter, without a copy of their name. */
function conditional(name: string): string | undefined {
  const first = name.charCodeAt(0)
  if (first !== 0x49 && first !== 0x69) return undefined
  const field = name.toLowerCase()
  return CONDITIONAL.has(field) ? field : undefined
}

/**
 * Takes a field that has been evaluated, and the date that counts only where it is missing (§13.1.3, §13.1.4), from
 * the handler's sight: `res.sendFile` or a proxy would compare it with tags of their own. Guards further in still
 * read it.
 */
export function hideEvaluated(req: IncomingMessage, field: 'if-match' | 'if-none-match'): void {
  const { headers } = req
  if (headers[field] === undefined) return
  conditionalLines(req)
  const date = field === 'if-match' ? 'if-unmodified-since' : 'if-modified-since'
  // a copy without them costs less than to delete them, and so do the headers after it (docs/decisions/0021)
  const others = withoutFields(headers, field, date)
  // an adapter's may find names in any case
  if (!types.isProxy(headers) && Reflect.set(req, 'headers', others) && req.headers === others) return
  // an adapter's own request may not take others
  Reflect.deleteProperty(headers, field)
  Reflect.deleteProperty(headers, date)
}

function withoutFields(headers: Headers, field: string, date: string): Headers {
  const others: Headers = {}
  for (const name of Object.keys(headers)) {
    if (name === field || name === date) continue
    // of an adapter that reads its headers from JSON: assigned, it would be the prototype
    if (name === '__proto__') Object.defineProperty(others, name, ownProperty(headers[name]))
    else others[name] = headers[name]
  }
  // what is said of the fields beside them, as by `http2.sensitiveHeaders`
  for (const symbol of Object.getOwnPropertySymbols(headers))
    Object.defineProperty(others, symbol, ownProperty(Reflect.get(headers, symbol)))
  return others
}

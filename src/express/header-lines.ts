import type { IncomingMessage } from 'node:http'
import type { HeaderLines } from '../core/preconditions.js'

const CONDITIONAL = new Set(['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'])

/**
 * The conditional fields as they came, line by line: of several If-Unmodified-Since lines Node's `headers`
 * keeps only the first, which would make a list of dates look like one. Serverless adapters leave
 * `rawHeaders` empty; there `headers` is all there is.
 */
export function conditionalLines(req: IncomingMessage): HeaderLines {
  const raw = req.rawHeaders as string[] | undefined
  const lines: [string, string][] = []
  if (raw !== undefined && raw.length > 0) {
    for (let index = 0; index + 1 < raw.length; index += 2) {
      const name = raw[index] ?? ''
      if (name.length >= 8 && CONDITIONAL.has(name.toLowerCase())) lines.push([name, raw[index + 1] ?? ''])
    }
    return lines
  }
  for (const [name, value] of Object.entries(req.headers)) {
    if (value === undefined || !CONDITIONAL.has(name.toLowerCase())) continue
    for (const line of Array.isArray(value) ? value : [value]) lines.push([name, line])
  }
  return lines
}

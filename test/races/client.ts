import { Agent, request, type IncomingHttpHeaders } from 'node:http'

/** What a client knows of an article, and has built its change on. */
export interface Seen {
  readonly tag: string
  readonly value: string
}

/** One attempt to change an article. `base`: the value that this client has read. */
export interface Attempt {
  readonly value: string
  readonly base: string
  /** undefined: the connection broke, and nobody knows */
  readonly status: number | undefined
  readonly code: string | undefined
  readonly tag: string | null
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

// a connection that has waited is closed here before the server does, at 5 s: no request may meet that moment
const agent = new Agent({ keepAlive: true, timeout: 2_000, scheduling: 'lifo' })

/** Plain HTTP, for fetch adds headers of its own to conditional requests. `patience`: ms until it is given up. */
export function send(
  method: string,
  url: string,
  headers: Record<string, string> = {},
  body?: unknown,
  patience?: number,
): Promise<Answer> {
  const signal = patience === undefined ? {} : { signal: AbortSignal.timeout(patience) }
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent, headers, ...signal }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => (text += chunk))
      answer.once('error', reject)
      answer.once('end', () => {
        resolve({ status: answer.statusCode!, headers: answer.headers, body: text })
      })
    })
    sent.once('error', reject)
    if (body === undefined) sent.end()
    else sent.setHeader('Content-Type', 'application/json').end(JSON.stringify(body))
  })
}

export async function read(url: string): Promise<Seen> {
  const { status, headers, body } = await send('GET', url)
  if (headers.etag === undefined) throw new Error(`GET ${url}: ${status} without an entity tag`)
  const { value } = JSON.parse(body) as { value: string }
  return { tag: headers.etag, value }
}

/** A PUT with what was read; the body says what it was built on. */
export async function write(url: string, value: string, seen: Seen): Promise<Attempt> {
  const base = seen.value
  try {
    const { status, headers, body } = await send('PUT', url, { 'If-Match': seen.tag }, { value, base })
    const { code } = JSON.parse(body) as { code?: string }
    return { value, base, status, code, tag: headers.etag ?? null }
  } catch {
    return { value, base, status: undefined, code: undefined, tag: null }
  }
}

/** How often each answer was given: `{ 200: 1, '409 version-conflict': 19 }`. */
export function tally(attempts: readonly Attempt[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { status, code } of attempts) {
    const answer = status === undefined ? 'connection lost' : [status, code].filter(Boolean).join(' ')
    counts[answer] = (counts[answer] ?? 0) + 1
  }
  return counts
}

export function succeeded(attempts: readonly Attempt[]): readonly Attempt[] {
  return attempts.filter(({ status }) => status !== undefined && status < 300)
}

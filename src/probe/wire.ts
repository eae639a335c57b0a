import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Settings } from './options.js'

/** bytes; a resource that is larger is none to probe with */
const LARGEST = 1 << 20

/** Requests that a probe sends besides those of its race: each rule takes a few, and putting back up to a dozen. */
const OTHERS = 150

/** A request to the one address that was given; there is no other. */
export interface Sent {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Answer {
  readonly status: number
  readonly etag: string | undefined
  readonly retryAfter: string | undefined
  readonly body: string
}

export interface Sending {
  readonly signal?: AbortSignal | undefined
  /** the last octet of the body waits for this */
  readonly held?: Promise<unknown> | undefined
}

export interface Wire {
  /** how many were sent */
  readonly requests: number
  /** Rejects where no answer came, and once `signal` is aborted. No redirect is followed. */
  send(request: Sent, how?: Sending): Promise<Answer>
  close(): void
}

/** Connections to the one host, kept open, so that the writes of a race leave at the same moment. */
export function wireTo({ url, headers, writers, rounds, timeout }: Settings): Wire {
  const secure = url.protocol === 'https:'
  const pool = { keepAlive: true, maxSockets: writers }
  const agent = secure ? new HttpsAgent(pool) : new HttpAgent(pool)
  const most = writers * rounds + 2 * rounds + OTHERS
  let requests = 0

  const send: Wire['send'] = (sent, { signal, held } = {}) => {
    if (requests >= most) return Promise.reject(new Error(`the probe has sent ${most} requests, and ends`))
    requests += 1
    return new Promise((resolve, reject) => {
      const request = (secure ? httpsRequest : httpRequest)(url, {
        agent,
        method: sent.method,
        headers: { accept: 'application/json', ...headers, ...sent.headers, ...ofBody(sent, headers) },
        ...(signal === undefined ? {} : { signal }),
      })
      const late = setTimeout(() => request.destroy(new Error(`no answer within ${timeout} ms`)), timeout)
      request.once('close', () => clearTimeout(late))
      request.once('error', reject)
      request.once('response', (response) => {
        read(response).then(resolve, (error: unknown) => {
          request.destroy()
          reject(error instanceof Error ? error : new Error(String(error)))
        })
      })
      if (held === undefined || sent.body === undefined) request.end(sent.body)
      else {
        const octets = Buffer.from(sent.body)
        request.write(octets.subarray(0, -1))
        void held.then(() => request.end(octets.subarray(-1)))
      }
    })
  }

  return {
    get requests() {
      return requests
    },
    send,
    close: () => agent.destroy(),
  }
}

function ofBody({ body }: Sent, given: Settings['headers']): Record<string, string> {
  if (body === undefined) return {}
  return { ...typeOf(given), 'content-length': String(Buffer.byteLength(body)) }
}

/** Unless another one is given: some APIs take a PATCH as `application/merge-patch+json` only (RFC 7396). */
export function typeOf(given: Settings['headers']): Record<string, string> {
  const isGiven = Object.keys(given).some((name) => name.toLowerCase() === 'content-type')
  return isGiven ? {} : { 'content-type': 'application/json' }
}

async function read(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LARGEST) throw new Error(`an answer has more than ${LARGEST} bytes`)
    chunks.push(chunk)
  }
  const { statusCode = 0, headers } = response
  return {
    status: statusCode,
    etag: headers.etag,
    retryAfter: headers['retry-after'],
    body: Buffer.concat(chunks).toString(),
  }
}

export const succeeded = ({ status }: Answer): boolean => status >= 200 && status < 300

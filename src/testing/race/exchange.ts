import { request } from 'node:http'
import type { Agent, IncomingMessage } from 'node:http'

export interface Message {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** as it is sent; undefined for none */
  readonly body: string | undefined
}

export interface Answer {
  /** undefined where none came */
  readonly status: number | undefined
  /** the code of the error where no answer came, `ECONNRESET` */
  readonly failure: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** A request that is on its way but for its last byte. */
export interface Held {
  /** settled once the server has begun with it; without a body, once there is a connection */
  readonly ready: Promise<void>
  release(): void
  readonly answer: Promise<Answer>
}

/** ms to wait for a server that does not say when it has begun; RFC 9110 §10.1.1 lets a client go on unasked */
const PATIENCE = 1000

/**
 * Sends a request up to its last byte, and asks to be told when the server has begun with it (Expect:
 * 100-continue). So many can be let go at one moment, when all of them have reached the application.
 */
export function hold(message: Message, agent: Agent, timeout: number): Held {
  const { method, url, headers, body } = message
  const octets = body === undefined ? undefined : Buffer.from(body)
  const length =
    octets === undefined ? {} : { 'content-length': String(octets.length), expect: '100-continue' }
  const sending = request(url, { method, agent, timeout, headers: { ...headers, ...length } })
  sending.on('timeout', () =>
    sending.destroy(Object.assign(new Error('no answer came in time'), { code: 'ETIMEDOUT' })),
  )

  const answer = new Promise<Answer>((resolve) => {
    const failed = (error: NodeJS.ErrnoException) =>
      resolve({ status: undefined, failure: error.code ?? error.message, headers: {}, body: '' })
    sending.on('error', failed)
    sending.on('response', (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', failed)
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8')
        resolve({ status: response.statusCode, failure: undefined, headers: response.headers, body: text })
      })
    })
  })
  const ready = new Promise<void>((resolve) => {
    void answer.then(() => resolve())
    sending.on('socket', (socket) => {
      const connected = () => (octets === undefined ? resolve() : void setTimeout(resolve, PATIENCE).unref())
      if (socket.connecting) socket.once('connect', connected)
      else connected()
    })
    sending.on('continue', resolve)
  })
  if (octets !== undefined) {
    sending.flushHeaders()
    if (octets.length > 1) sending.write(octets.subarray(0, -1))
  }
  return {
    ready,
    release: () => void sending.end(octets?.subarray(-1)),
    answer,
  }
}

/** One request and its answer. */
export async function exchange(message: Message, agent: Agent, timeout: number): Promise<Answer> {
  const held = hold(message, agent, timeout)
  held.release()
  return held.answer
}

import express from 'express'
import express4 from 'express4'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import net from 'node:net'
import { onTestFinished } from 'vitest'

/** What the tests need of either major; the types of 5 fit both. */
export type Express = typeof express

export const majors: readonly (readonly [name: string, express: Express])[] = [
  ['Express 5', express],
  ['Express 4', express4 as unknown as Express],
]

export interface Site {
  readonly port: number
  readonly url: string
  readonly server: http.Server
}

/** Serves the app on a free loopback port until the test is over. */
export async function start(app: http.RequestListener): Promise<Site> {
  const server = http.createServer(app)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { port, url: `http://127.0.0.1:${port}`, server }
}

export interface Ask {
  readonly method?: string
  readonly path?: string
  readonly headers?: http.OutgoingHttpHeaders
  readonly body?: string | Buffer
  readonly agent?: http.Agent
}

export interface Answer {
  readonly status: number
  readonly reason: string
  /** lines as they came, in order */
  readonly lines: readonly (readonly [name: string, value: string])[]
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
  readonly text: string
  readonly trailers: NodeJS.Dict<string>
  /** statuses of the 1xx answers that came before */
  readonly informational: readonly number[]
  /** the body came to its end */
  readonly complete: boolean
}

/** One request over a connection of its own, and the whole of its answer. */
export function ask(
  site: Site,
  { method = 'GET', path = '/', headers, body, agent }: Ask = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({
      host: '127.0.0.1',
      port: site.port,
      method,
      path,
      agent: agent ?? false,
      ...(headers === undefined ? {} : { headers }),
    })
    const informational: number[] = []
    request.on('information', (info) => informational.push(info.statusCode))
    request.on('continue', () => informational.push(100))
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', () => {})
      response.on('close', () => {
        const whole = Buffer.concat(chunks)
        resolve({
          status: response.statusCode ?? 0,
          reason: response.statusMessage ?? '',
          lines: linesOf(response.rawHeaders),
          headers: response.headers,
          body: whole,
          text: whole.toString('utf8'),
          trailers: response.trailers,
          informational,
          complete: response.complete,
        })
      })
    })
    request.end(body)
  })
}

function linesOf(raw: readonly string[]): (readonly [string, string])[] {
  const lines: (readonly [string, string])[] = []
  for (let index = 0; index + 1 < raw.length; index += 2) lines.push([raw[index] ?? '', raw[index + 1] ?? ''])
  return lines
}

/** A connection to write to by hand. */
export interface Wire {
  readonly socket: net.Socket
  /** what came so far */
  readonly received: () => string
  send(text: string): void
  /** resolves once what came holds this; rejects when the connection ends before */
  until(pattern: RegExp): Promise<string>
  readonly ended: Promise<void>
}

export async function wire(site: Site): Promise<Wire> {
  const socket = net.connect(site.port, '127.0.0.1')
  let received = ''
  let look = () => {}
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    received += chunk
    look()
  })
  socket.on('error', () => {})
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  onTestFinished(() => void socket.destroy())
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve())
    socket.once('error', reject)
  })
  return {
    socket,
    received: () => received,
    send: (text) => void socket.write(text, 'latin1'),
    ended,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        look = () => {
          if (pattern.test(received)) resolve(received)
        }
        look()
        void ended.then(() => reject(new Error(`the connection ended after: ${received}`)))
      }),
  }
}

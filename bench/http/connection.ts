import { connect, type Socket } from 'node:net'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Answered {
  readonly status: number
  readonly etag: string | undefined
}

const END_OF_HEAD = '\r\n\r\n'

/**
 * One connection that asks one request after the other. It knows no more of HTTP than the servers here speak, so that
 * a core of load keeps a core of server busy: an HTTP client proper takes more time than what is measured.
 */
export class Connection {
  readonly #origin: URL
  #socket: Socket | undefined
  /** the beginning of a head that has not come whole */
  #head: Buffer | undefined
  /** bytes of the body that are still to come */
  #left = 0
  #answered: Answered | undefined
  #pending: { resolve(answer: Answered): void; reject(error: Error): void } | undefined

  constructor(origin: string) {
    this.#origin = new URL(origin)
  }

  ask({ method, path, headers, body }: Asked): Promise<Answered> {
    let head = `${method} ${path} HTTP/1.1\r\nHost: ${this.#origin.host}\r\n`
    for (const [name, value] of Object.entries(headers)) head += `${name}: ${value}\r\n`
    if (body !== undefined) head += `content-length: ${Buffer.byteLength(body)}\r\n`
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject }
      // a server closes a connection that was idle for a while
      this.#socket ??= this.#open()
      this.#socket.write(`${head}\r\n${body ?? ''}`)
    })
  }

  close(): void {
    this.#pending = undefined
    this.#socket?.destroy()
  }

  #open(): Socket {
    const { hostname, port, origin } = this.#origin
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    socket.on('data', (chunk) => {
      this.#read(chunk)
    })
    socket.on('error', (error) => this.#pending?.reject(error))
    socket.on('close', () => {
      this.#socket = undefined
      this.#pending?.reject(new Error(`${origin} closed the connection`))
    })
    return socket
  }

  #read(chunk: Buffer): void {
    if (this.#answered !== undefined) this.#left -= chunk.length
    else {
      const come = this.#head === undefined ? chunk : Buffer.concat([this.#head, chunk])
      const end = come.indexOf(END_OF_HEAD)
      this.#head = end === -1 ? come : undefined
      if (end === -1) return
      const head = come.toString('latin1', 0, end)
      const status = Number(head.slice(9, 12))
      this.#answered = { status, etag: fieldOf(head, 'ETag') }
      const length = status === 304 ? 0 : Number(fieldOf(head, 'Content-Length') ?? 0)
      this.#left = length - (come.length - end - END_OF_HEAD.length)
    }
    if (this.#left > 0) return
    const [answer, pending] = [this.#answered, this.#pending]
    this.#answered = undefined
    this.#pending = undefined
    pending?.resolve(answer)
  }
}

/** Both servers write a field's name as it was given: `ETag`, `Content-Length`. */
function fieldOf(head: string, name: 'ETag' | 'Content-Length'): string | undefined {
  const start = head.indexOf(`\r\n${name}: `)
  if (start === -1) return undefined
  const end = head.indexOf('\r\n', start + 2)
  return head.slice(start + name.length + 4, end === -1 ? undefined : end)
}

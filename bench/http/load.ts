import { Client, type Dispatcher } from 'undici'

export interface Asked {
  readonly method: Dispatcher.HttpMethod
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Answered {
  readonly status: number
  readonly etag: string | undefined
}

/** What one connection asks, again and again: the next request, and what it makes of the answer. */
export interface Script {
  next(): Asked
  answered?(answer: Answered): void
}

/** Several connections to one server, each of which asks once more when it was answered. */
export interface Load {
  /** sends `count` requests in all; answers the ms they took */
  send(count: number): Promise<number>
  /** sends for so many ms; answers how many requests were answered by then */
  sendFor(ms: number): Promise<number>
  close(): Promise<void>
}

export function load(origin: string, connections: number, script: (connection: number) => Script): Load {
  const lines = Array.from({ length: connections }, (_, index) => ({
    client: new Client(origin, { pipelining: 1, keepAliveTimeout: 600_000 }),
    script: script(index),
  }))
  const sendWhile = (more: () => boolean) =>
    Promise.all(
      lines.map(async ({ client, script }) => {
        while (more()) {
          const { statusCode, headers, body } = await client.request(script.next())
          await body.dump()
          const { etag } = headers
          script.answered?.({ status: statusCode, etag: typeof etag === 'string' ? etag : undefined })
        }
      }),
    )
  return {
    async send(count) {
      let left = count
      const began = performance.now()
      await sendWhile(() => left-- > 0)
      return performance.now() - began
    },
    async sendFor(ms) {
      let sent = 0
      const end = performance.now() + ms
      await sendWhile(() => performance.now() < end && ++sent > 0)
      return sent
    },
    async close() {
      await Promise.all(lines.map(({ client }) => client.destroy()))
    },
  }
}

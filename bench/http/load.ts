import { Connection, type Answered, type Asked } from './connection.js'

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
  close(): void
}

export function load(origin: string, connections: number, script: (connection: number) => Script): Load {
  const lines = Array.from({ length: connections }, (_, index) => ({
    connection: new Connection(origin),
    script: script(index),
  }))
  const sendWhile = (more: () => boolean) =>
    Promise.all(
      lines.map(async ({ connection, script }) => {
        while (more()) {
          const answer = await connection.ask(script.next())
          script.answered?.(answer)
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
    close() {
      for (const { connection } of lines) connection.close()
    },
  }
}

import { Connection, type Asked } from '../http/connection.js'

export interface Answer {
  readonly status: number
  readonly tag: string
}

/** One client with a connection of its own. */
export interface HotClient {
  get(path: string): Promise<Answer>
  put(path: string, tag?: string): Promise<Answer>
  close(): void
}

export function hotClient(origin: string): HotClient {
  const connection = new Connection(origin)
  const ask = async (asked: Asked) => {
    const { status, etag = '' } = await connection.ask(asked)
    return { status, tag: etag }
  }
  return {
    get: (path) => ask({ method: 'GET', path, headers: {} }),
    put: (path, tag) =>
      ask({
        method: 'PUT',
        path,
        headers: { 'content-type': 'application/json', ...(tag === undefined ? {} : { 'if-match': tag }) },
        body: '{"n":1}',
      }),
    close() {
      connection.close()
    },
  }
}

/** Reads, changes and writes until it has committed, and after a refusal again after `delay` ms. Answers the refusals. */
export async function commitOnce(client: HotClient, path: string, delay: number): Promise<number> {
  for (let refusals = 0; ; refusals += 1) {
    const { tag } = await client.get(path)
    const { status } = await client.put(path, tag)
    if (status === 200) return refusals
    if (status !== 409) throw new Error(`PUT ${path} was answered ${status}`)
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
  }
}

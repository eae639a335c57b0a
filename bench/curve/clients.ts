import { Client } from 'undici'

export interface Answer {
  readonly status: number
  readonly tag: string
}

/** One client with a connection of its own. */
export interface HotClient {
  get(path: string): Promise<Answer>
  put(path: string, tag?: string): Promise<Answer>
  close(): Promise<void>
}

export function hotClient(origin: string): HotClient {
  const client = new Client(origin, { pipelining: 1, keepAliveTimeout: 600_000 })
  const ask = async (method: 'GET' | 'PUT', path: string, headers: Record<string, string>, sent?: string) => {
    const asked = { method, path, headers, ...(sent === undefined ? {} : { body: sent }) }
    const { statusCode: status, headers: answered, body } = await client.request(asked)
    await body.dump()
    return { status, tag: typeof answered.etag === 'string' ? answered.etag : '' }
  }
  return {
    get: (path) => ask('GET', path, {}),
    put: (path, tag) =>
      ask(
        'PUT',
        path,
        { 'content-type': 'application/json', ...(tag === undefined ? {} : { 'if-match': tag }) },
        '{"n":1}',
      ),
    close: () => client.destroy(),
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

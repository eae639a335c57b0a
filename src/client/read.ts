import type { Answer } from './answer.js'
import { ClientError } from './errors.js'
import { exchange, failure, type Exchange } from './exchange.js'
import type { Memory, Remembered } from './memory.js'
import type { Settings } from './options.js'
import type { Snapshot } from './snapshot.js'

/** How often a read is made again whose answer a write of this page has overtaken. */
const OVERTAKEN = 3

/** Reads a resource, with what is known of it as the condition. */
export async function read<T>(
  settings: Settings,
  memory: Memory,
  request: Omit<Exchange, 'method'>,
): Promise<Snapshot<T>> {
  const { url } = request
  for (let times = 1; ; times++) {
    const left = memory.leaves()
    const known = memory.recall(url)
    const condition = known?.json === undefined ? undefined : known.etag
    const headers = new Headers(request.headers)
    if (condition !== undefined) headers.set('if-none-match', condition)
    const get: Exchange = { ...request, method: 'GET', headers }
    const answer = await exchange(settings, get)
    if (answer.status !== 304 && !answer.ok) throw failure(get, answer)
    const state =
      answer.status === 304 && known !== undefined
        ? { ...known, etag: answer.headers.get('etag') ?? known.etag }
        : shown(settings, url, answer)
    if (memory.read(state, left) !== undefined || times === OVERTAKEN) return snapshot(state)
    const newer = memory.recall(url)
    if (newer?.json !== undefined) return snapshot(newer)
  }
}

/** A remembered representation, each time as an object of its own: whoever changes it changes nobody else's. */
export function snapshot<T>(state: Remembered): Snapshot<T> {
  const { url, etag, version, json } = state
  return { url, etag, version, value: (json === undefined ? undefined : JSON.parse(json)) as T }
}

/** The state in an answer with a representation. */
export function shown(settings: Settings, url: string, { headers, body }: Answer): Remembered {
  const etag = headers.get('etag') ?? undefined
  const version = etag === undefined ? versionIn(settings, body) : undefined
  return { url, etag, version, json: body === undefined ? undefined : JSON.stringify(body) }
}

export function versionIn({ bodyVersion }: Settings, body: unknown): string | number | undefined {
  if (bodyVersion === false || typeof body !== 'object' || body === null || !Object.hasOwn(body, bodyVersion))
    return undefined
  const value = (body as Record<string, unknown>)[bodyVersion]
  return typeof value === 'string' || typeof value === 'number' ? value : undefined
}

export function noValidator(url: string): ClientError {
  return new ClientError(
    'ERR_NO_VALIDATOR',
    `${url}: the answer had no ETag (for other origins: Access-Control-Expose-Headers) and no version in its body`,
  )
}

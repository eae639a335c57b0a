import type { Answer } from './answer.js'
import { isMembers } from './conflict.js'
import { ClientError } from './errors.js'
import { exchange, failure, type Exchange } from './exchange.js'
import type { Remembered } from './memory.js'
import type { Settings } from './options.js'
import type { Base, Snapshot } from './snapshot.js'

/** How often a read is made again whose answer a write of this page has overtaken. */
const OVERTAKEN = 3

/** Reads a resource, with what is known of it as the condition. */
export async function read<T>(
  settings: Settings,
  request: Omit<Exchange, 'method' | 'body'>,
): Promise<Snapshot<T>> {
  const { memory } = settings
  const { url } = request
  for (let times = 1; ; times++) {
    const left = memory.leaves()
    const known = memory.recall(url)
    const headers = new Headers(request.headers)
    if (known?.json !== undefined && known.etag !== undefined) headers.set('if-none-match', known.etag)
    const get: Exchange = { ...request, method: 'GET', headers }
    const answer = await exchange(settings, get)
    const same = answer.status === 304 && known?.json !== undefined
    if (!same && (!answer.ok || answer.body === undefined)) throw failure(get, answer)
    const state: Remembered = same
      ? { ...known, etag: answer.headers.get('etag') ?? known.etag }
      : { ...baseOf(settings, url, answer), json: JSON.stringify(answer.body) }
    if (memory.read(state, left) || times === OVERTAKEN) return snapshot(state)
    const newer = memory.recall(url)
    if (newer?.json !== undefined) return snapshot(newer)
  }
}

/** A remembered representation, each time as an object of its own: whoever changes it changes nobody else's. */
export function snapshot<T>({ url, etag, version, json }: Remembered): Snapshot<T> {
  return { url, etag, version, value: JSON.parse(json ?? 'null') as T }
}

/** What an answer says of the state it shows or leaves behind: its entity tag, else the version in its body. */
export function baseOf({ bodyVersion }: Settings, url: string, { headers, body }: Answer): Base {
  const etag = headers.get('etag') ?? undefined
  if (etag !== undefined || bodyVersion === false) return { url, etag }
  const version = isMembers(body) && Object.hasOwn(body, bodyVersion) ? body[bodyVersion] : undefined
  // one that JSON has rounded may be another's
  const isExact = typeof version === 'number' && Math.abs(version) < 2 ** 53
  return isExact || typeof version === 'string' ? { url, version } : { url }
}

export function noValidator(url: string): ClientError {
  return new ClientError('ERR_NO_VALIDATOR', `${url}: no readable ETag (CORS?), no body version`)
}

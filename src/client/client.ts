import { check } from './errors.js'
import { Lines } from './lines.js'
import { readOptions, type ClientOptions, type HeaderFields } from './options.js'
import { read } from './read.js'
import type { Base, Snapshot, Written } from './snapshot.js'
import type { Change, UpdateOptions } from './update-options.js'
import { update } from './update.js'
import { prepare, write, type WasMade } from './write.js'

export interface RequestOptions {
  /** besides those of the client */
  readonly headers?: HeaderFields
  /** ends the request; a write that it ends may have been made */
  readonly signal?: AbortSignal | undefined
}

export interface WriteOptions<T> extends RequestOptions {
  /**
   * Whether what is there now has this write in it; asked after a conflict. It may be one with the write's own first
   * try, whose answer was lost, or which a proxy has sent twice. True means that nobody else can have written it: an
   * id, a name. Without it a write whose answer was lost ends with ERR_OUTCOME_UNKNOWN once the state has changed
   */
  readonly wasMade?: WasMade<T>
}

export interface CreateOptions<T> extends WriteOptions<T> {
  /** `PUT`: to the resource's own URL, and only where nothing is there. `POST`: to its collection, which is sent once; `PUT` */
  readonly method?: 'PUT' | 'POST'
}

/**
 * Reads, and writes that name what they were built on. A write takes the snapshot of a read, or what an earlier write
 * left behind, and sends its entity tag: there is no way to send a newer one under an old body. Writes to one URL go
 * one after the other, so that a page does not compete with itself.
 *
 * All of them throw a ClientError: the problem's code where the API refuses, ERR_STATUS for other errors of it,
 * ERR_NETWORK, ERR_NO_VALIDATOR, ERR_OPTION, and ERR_OUTCOME_UNKNOWN for a write whose answer was lost, and of which
 * nothing tells whether it was made. Or they throw the signal's reason.
 */
export interface Client {
  /** Reads a resource, once, revalidating what is known of it: a 304 answers what was remembered. */
  get<T>(url: string, options?: RequestOptions): Promise<Snapshot<T>>
  /** Replaces what `base` stands for. */
  put<T>(base: Base, body: T, options?: WriteOptions<T>): Promise<Written<T>>
  /** Sends a patch for what `base` stands for; `Content-Type` is `application/json` unless `headers` say otherwise. */
  patch<T = unknown>(base: Base, patch: unknown, options?: WriteOptions<T>): Promise<Written<T>>
  /** Deletes what `base` stands for. */
  remove(base: Base, options?: RequestOptions): Promise<void>
  /** Creates a resource; `already-exists` where one is there. */
  create<T>(url: string, body: T, options?: CreateOptions<T>): Promise<Written<T>>
  /**
   * Reads, applies `change`, writes; on a conflict applies it again to what is there then, until it is written, the
   * bounds are reached (then it throws the conflict), or nobody knows whether it was written.
   */
  update<T>(url: string, change: Change<T>, options?: UpdateOptions<T>): Promise<Written<T>>
}

/** A client for an API whose writes are guarded. Throws ERR_OPTION for a wrong option. */
export function createClient(options: ClientOptions = {}): Client {
  const settings = readOptions(options)
  const lines = new Lines()

  const absolute = (url: string): string => {
    check(URL.canParse(url, settings.baseUrl), 'url', `${url} is none, or needs baseUrl`)
    const place = new URL(url, settings.baseUrl)
    place.hash = ''
    return place.href
  }

  const send = async <T>(
    method: string,
    given: string,
    base: Base | undefined,
    mine: unknown,
    { signal = settings.retry.signal, headers, wasMade }: WriteOptions<T> = {},
  ): Promise<Written<T>> => {
    const url = absolute(given)
    const writing = prepare(settings, { method, url, base, mine, headers, wasMade })
    return lines.run(url, () => write(settings, writing, { ...settings.retry, signal }), signal)
  }

  return {
    async get<T>(url: string, { headers, signal = settings.retry.signal }: RequestOptions = {}) {
      return read<T>(settings, { url: absolute(url), headers, signal })
    },
    put: (base, body, one) => send('PUT', base.url, base, body, one),
    patch: (base, patch, one) => send('PATCH', base.url, base, patch, one),
    async remove(base, one) {
      await send('DELETE', base.url, base, undefined, one)
    },
    create: (url, body, { method = 'PUT', ...one } = {}) => send(method, url, undefined, body, one),
    async update<T>(url: string, change: Change<T>, one: UpdateOptions<T> = {}) {
      const { signal } = { ...settings.retry, ...one }
      const place = absolute(url)
      return lines.run(place, () => update(settings, place, change, one), signal)
    },
  }
}

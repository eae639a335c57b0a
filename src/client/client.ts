import { ClientError } from './errors.js'
import { Lines } from './lines.js'
import { Memory } from './memory.js'
import { readOptions, type ClientOptions, type HeaderFields } from './options.js'
import { read } from './read.js'
import type { Base, Snapshot, Written } from './snapshot.js'
import { update, type Change, type UpdateOptions } from './update.js'
import { write } from './write.js'

export interface RequestOptions {
  readonly headers?: HeaderFields
  readonly signal?: AbortSignal
}

export interface CreateOptions extends RequestOptions {
  /** `PUT`: to the resource's own URL, and only where nothing is there. `POST`: to its collection, which is sent once; `PUT` */
  readonly method?: 'PUT' | 'POST'
}

/**
 * Reads, and writes that name what they were built on. A write takes the snapshot of a read, or what an earlier write
 * left behind, and sends its entity tag: there is no way to send a newer one under an old body.
 *
 * All of them throw a ClientError: the problem's code where the API refuses, ERR_STATUS for other errors of it,
 * ERR_NETWORK, and for a write whose answer was lost ERR_OUTCOME_UNKNOWN.
 */
export interface Client {
  /** Reads a resource, revalidating what is known of it: a 304 answers what was remembered. */
  get<T>(url: string, options?: RequestOptions): Promise<Snapshot<T>>
  /** Replaces what `base` stands for. */
  put<T>(base: Base, body: T, options?: RequestOptions): Promise<Written<T>>
  /** Sends a patch for what `base` stands for; `Content-Type` is `application/json` unless `headers` say otherwise. */
  patch<T = unknown>(base: Base, patch: unknown, options?: RequestOptions): Promise<Written<T>>
  /** Deletes what `base` stands for. */
  remove(base: Base, options?: RequestOptions): Promise<void>
  /** Creates a resource; `already-exists` where one is there. */
  create<T>(url: string, body: T, options?: CreateOptions): Promise<Written<T>>
  /** Reads, applies `change`, writes; on a conflict applies it again to what is there then, until it is written. */
  update<T>(url: string, change: Change<T>, options?: UpdateOptions<T>): Promise<Written<T>>
}

/** A client for an API whose writes are guarded. Throws ERR_OPTION for a wrong option. */
export function createClient(options: ClientOptions = {}): Client {
  const settings = readOptions(options)
  const memory = new Memory(settings.remember)
  const lines = new Lines()

  const absolute = (url: string): string => {
    try {
      const { href, hash } = new URL(url, settings.base)
      return href.slice(0, href.length - hash.length)
    } catch (cause) {
      throw new ClientError(
        'ERR_OPTION',
        `url: ${JSON.stringify(url)} is no URL; a relative one needs baseUrl`,
        {
          cause,
        },
      )
    }
  }

  /** the writes of one page to one URL go one after the other: it does not compete with itself */
  const send = <T>(
    method: string,
    given: string,
    base: Base | undefined,
    body: unknown,
    one: RequestOptions = {},
  ) => {
    const url = absolute(given)
    const { signal = settings.retry.signal, headers } = one
    const waiting = { ...settings.retry, ...(signal === undefined ? {} : { signal }) }
    const request = { method, url, base, body, headers, key: settings.newKey(), retry: waiting, signal }
    return lines.run(url, () => write<T>(settings, memory, request))
  }

  return {
    async get<T>(url: string, { headers, signal = settings.retry.signal }: RequestOptions = {}) {
      return read<T>(settings, memory, { url: absolute(url), headers, signal })
    },
    async put<T>(base: Base, body: T, one?: RequestOptions) {
      return send<T>('PUT', base.url, base, body, one)
    },
    async patch<T>(base: Base, patch: unknown, one?: RequestOptions) {
      return send<T>('PATCH', base.url, base, patch, one)
    },
    async remove(base, one) {
      await send('DELETE', base.url, base, undefined, one)
    },
    async create<T>(url: string, body: T, { method = 'PUT', ...one }: CreateOptions = {}) {
      return send<T>(method, url, undefined, body, one)
    },
    async update<T>(url: string, change: Change<T>, one: UpdateOptions<T> = {}) {
      const place = absolute(url)
      return lines.run(place, () => update(settings, memory, place, change, one))
    },
  }
}

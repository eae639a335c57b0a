import type { Client, WriteOptions } from './client.js'
import { shapeOf, type Base, type Snapshot, type Written } from './snapshot.js'
import type { Change, UpdateOptions } from './update-options.js'

/** The three methods of a TanStack QueryClient that are called. */
export interface QueryCache {
  cancelQueries(filter: { queryKey: readonly unknown[]; exact: true }): Promise<void>
  invalidateQueries(filter: { queryKey: readonly unknown[]; exact: true }): Promise<void>
  setQueryData(key: readonly unknown[], data: unknown): unknown
}

/**
 * Queries and mutations of one resource. The data of the query is the snapshot, so that a form which was filled from
 * it keeps what it was built on, however often the query is read again behind its back.
 */
export function resourceQueries<T>(client: Client, cache: QueryCache, url: string) {
  const queryKey: readonly [string, string] = ['express-if-match', url]
  const of = { queryKey, exact: true } as const

  /** A read that left before the write may be under way: its answer must not replace what the write has left behind. */
  const keep = async (written: Written<T>): Promise<void> => {
    await cache.cancelQueries(of)
    // the answer to a write need not be the representation (RFC 9110 §9.3.4): a later save of it would lose the rest
    let isShown = false as boolean
    cache.setQueryData(queryKey, (known: Snapshot<T> | undefined) => {
      isShown = known !== undefined && shapeOf(known.value) === shapeOf(written.value)
      return isShown ? written : known
    })
    if (!isShown) await cache.invalidateQueries(of)
  }
  /** The client has tried again whatever is safe to. */
  const once = { retry: false, onSuccess: keep } as const

  return {
    /** for `useQuery` and `fetchQuery`: reads the snapshot */
    query: () => ({
      queryKey,
      queryFn: ({ signal }: { signal?: AbortSignal }): Promise<Snapshot<T>> => client.get<T>(url, { signal }),
    }),
    /** for `useMutation`: applies a change to what is there, again after each conflict */
    update: (options?: UpdateOptions<T>) => ({
      ...once,
      mutationFn: (change: Change<T>) => client.update<T>(url, change, options),
    }),
    /** for `useMutation`: saves a form over the snapshot that it was filled from; a conflict is an error */
    save: (options?: WriteOptions<T>) => ({
      ...once,
      mutationFn: ({ base, value }: { base: Base; value: T }) => client.put<T>(base, value, options),
    }),
  }
}

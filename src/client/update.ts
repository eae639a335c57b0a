import { ClientError, type Versions } from './errors.js'
import type { Memory } from './memory.js'
import type { Settings } from './options.js'
import type { ClientProblem } from './problem.js'
import { read, snapshot } from './read.js'
import { retry, type RetryOptions } from './retry.js'
import type { Snapshot, Written } from './snapshot.js'
import type { HeaderFields } from './options.js'
import { write } from './write.js'

/** What stands against each other in a conflict. */
export interface Conflict<T> {
  /** what the change was first applied to */
  readonly base: T
  /** what was to be written */
  readonly mine: T
  /** what is there instead, undefined where it was deleted */
  readonly theirs: T | undefined
  readonly problem: ClientProblem | undefined
  /** from 1 */
  readonly attempt: number
}

/**
 * `apply`: the change is applied again, to what is there now. `{ write }`: this is written, as a merge of what is there
 * now. `give-up`: the conflict is thrown.
 */
export type Decision<T> = 'apply' | 'give-up' | { readonly write: T }

export interface UpdateOptions<T> extends RetryOptions {
  /** `PUT` writes what `change` returned, `PATCH` sends it as the patch; `PUT` */
  readonly method?: 'PUT' | 'PATCH'
  readonly headers?: HeaderFields
  /** merges, gives up, or asks a person; without it the change is applied again each time */
  readonly onConflict?: (conflict: Conflict<T>) => Decision<T> | Promise<Decision<T>>
}

/** Makes the next representation from the current one, which is the caller's to change. It may be asked several times. */
export type Change<T> = (current: T) => T | Promise<T>

const CONFLICTS: readonly number[] = [409, 412]

/** Reads, changes, writes; and begins again with what is there where somebody else was faster. */
export async function update<T>(
  settings: Settings,
  memory: Memory,
  url: string,
  change: Change<T>,
  options: UpdateOptions<T>,
): Promise<Written<T>> {
  const { method = 'PUT', headers, onConflict, ...own } = options
  const waiting: RetryOptions = { ...settings.retry, ...own }
  const { signal } = waiting
  let seen: Snapshot<T> | undefined
  let base: T | undefined
  let decided: { readonly write: T } | undefined
  let givenUp = false

  return retry(
    async (attempt) => {
      seen ??= await read<T>(settings, memory, { url, headers, signal })
      base ??= copy(seen.value)
      const mine = decided === undefined ? await change(copy(seen.value)) : decided.write
      decided = undefined
      if (mine === undefined)
        throw new ClientError(
          'ERR_OPTION',
          'change: it returned nothing. Return the whole new representation, or the patch',
        )
      try {
        const key = settings.newKey()
        return await write<T>(settings, memory, {
          method,
          url,
          headers,
          body: mine,
          base: seen,
          key,
          retry: waiting,
          signal,
        })
      } catch (error) {
        if (!isConflict(error)) throw error
        seen = undefined
        seen = await theirsOf<T>(settings, memory, url, error, { headers, signal })
        const versions: Versions = { base, mine, theirs: seen?.value }
        const decision =
          (await onConflict?.({
            base: copy(base),
            mine: copy(mine),
            theirs: copy(seen?.value),
            problem: error.problem,
            attempt: attempt.number,
          })) ?? 'apply'
        if (typeof decision === 'object') decided = decision
        givenUp = decision === 'give-up' || seen === undefined
        throw withVersions(error, versions)
      }
    },
    {
      ...waiting,
      isConflict: (thrown) =>
        !givenUp &&
        thrown instanceof ClientError &&
        (isConflict(thrown) || isPassing(thrown)) && { afterMs: thrown.problem?.retryAfterMs },
    },
  )
}

function isConflict(error: unknown): error is ClientError {
  return error instanceof ClientError && CONFLICTS.includes(error.status)
}

/** A read that failed in passing: being offline, or a gateway. What a write comes to is decided elsewhere. */
function isPassing({ code, status }: ClientError): boolean {
  return code === 'ERR_NETWORK' || [429, 502, 503, 504].includes(status)
}

/** What is there now: as the conflict shows it, or read. Undefined where nothing is. */
async function theirsOf<T>(
  settings: Settings,
  memory: Memory,
  url: string,
  { problem }: ClientError,
  request: { headers: HeaderFields; signal: AbortSignal | undefined },
): Promise<Snapshot<T> | undefined> {
  const current = problem?.current
  if (current?.etag !== undefined && current.representation !== undefined) {
    return snapshot<T>({
      url,
      etag: current.etag,
      json: JSON.stringify(current.representation),
    })
  }
  try {
    return await read<T>(settings, memory, { url, ...request })
  } catch (error) {
    if (error instanceof ClientError && (error.status === 404 || error.status === 410)) return undefined
    throw error
  }
}

function withVersions({ code, message, status, problem }: ClientError, versions: Versions): ClientError {
  return new ClientError(code, message, { status, versions, ...(problem === undefined ? {} : { problem }) })
}

/** What JSON holds, as an object of its own: a change that writes into it changes nothing that is compared later. */
function copy<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T)
}

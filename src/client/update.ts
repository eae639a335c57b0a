import { waitOf } from './conflict.js'
import { ClientError, withVersions } from './errors.js'
import { isPassing } from './exchange.js'
import type { Settings } from './options.js'
import { read } from './read.js'
import { retry, type Attempt, type RetryOptions } from './retry.js'
import { isSame, type Snapshot, type Written } from './snapshot.js'
import type { Change, UpdateOptions } from './update-options.js'
import { isConflict, isMade, mayRepeat, outcome, prepare, send, shown, type Writing } from './write.js'

/** ms for which what a conflict has shown counts as new; after a longer wait it is read again, lest the next try is in vain too */
const FRESH = 20

/** Reads, changes, writes; and begins again with what is there where somebody else was faster. */
export async function update<T>(
  settings: Settings,
  url: string,
  change: Change<T>,
  options: UpdateOptions<T>,
): Promise<Written<T>> {
  const { method = 'PUT', headers, onConflict, wasMade, ...limits } = options
  const tries: RetryOptions = { ...settings.retry, ...limits }
  const { signal } = tries
  let base: T | undefined
  /** what a conflict has shown, and when */
  let seen: Snapshot<T> | undefined
  let seenAt = 0
  /** what is being written, for as long as it may be sent again */
  let pending: Writing<T> | undefined
  /** the last writing that was refused, and why */
  let conflict: { writing: Writing<T>; error: ClientError; number: number } | undefined
  /** after which error another try follows */
  let again: ClientError | undefined

  async function current(): Promise<Snapshot<T>> {
    if (seen !== undefined && performance.now() - seenAt <= FRESH) return seen
    try {
      return await read<T>(settings, { url, headers, signal })
    } catch (error) {
      if (isPassing(error)) again = error
      throw error
    }
  }

  /** What to write over what is there. */
  async function decide(theirs: Snapshot<T>, { extend }: Attempt): Promise<unknown> {
    base ??= structuredClone(theirs.value)
    if (conflict !== undefined && onConflict !== undefined) {
      const { error, number, writing } = conflict
      const { mine } = writing
      const copies = structuredClone({ base, theirs: theirs.value })
      const began = performance.now()
      const decision = await onConflict({ ...copies, mine, problem: error.problem, attempt: number })
      extend(performance.now() - began)
      if (decision === 'give-up') throw withVersions(error, { base, mine, theirs })
      if (decision !== 'apply') return decision.write
    }
    return change(theirs.value)
  }

  async function attempt(one: Attempt): Promise<Written<T>> {
    again = undefined
    if (pending === undefined) {
      const theirs = await current()
      if (conflict !== undefined) {
        const { writing, error } = conflict
        if (isMade(writing, theirs, error)) return { ...theirs, status: 200 }
        writing.doubt = false
        // a 409 of the application's own, which says nothing of the state: another try would meet it again
        if (error.problem === undefined && isSame(writing.base, theirs)) throw error
      }
      const mine = await decide(theirs, one)
      if (mine === undefined) throw new ClientError('ERR_OPTION', 'change: return what is to be written')
      pending = prepare(settings, { method, url, headers, base: theirs, mine, wasMade })
    }
    const writing = pending
    try {
      return await send(settings, writing, signal)
    } catch (error) {
      if (mayRepeat(writing, error)) again = error
      else if (isConflict(error)) {
        again = error
        conflict = { writing, error, number: (conflict?.number ?? 0) + 1 }
        pending = undefined
        seen = shown<T>(writing, error)
        // by a turn that is told others have written
        if (error.retryAfterMs || !hasMembersOf(seen?.value, base)) seen = undefined
        seenAt = performance.now()
      }
      throw error
    }
  }

  try {
    return await retry(attempt, {
      ...tries,
      isConflict: (error) => error !== undefined && error === again && waitOf(again),
    })
  } catch (error) {
    if (pending !== undefined) return outcome(settings, pending, error, signal)
    if (conflict === undefined || (error !== again && !conflict.writing.doubt)) throw error
    return outcome(settings, conflict.writing, conflict.error, signal)
  }
}

/** A conflict may show less of the row than a read does; a change of that would lose the rest. */
function hasMembersOf(shown: unknown, read: unknown): boolean {
  if (typeof read !== 'object' || read === null) return true
  return typeof shown === 'object' && shown !== null && Object.keys(read).every((name) => name in shown)
}

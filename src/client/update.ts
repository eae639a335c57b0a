import { waitOf } from './conflict.js'
import { check, withVersions, type ClientError } from './errors.js'
import { isPassing } from './exchange.js'
import type { Settings } from './options.js'
import { read } from './read.js'
import { readLimits, retry, type Attempt } from './retry.js'
import { isSame, shapeOf, type Snapshot, type Written } from './snapshot.js'
import type { Change, UpdateOptions } from './update-options.js'
import { isConflict, isMade, mayRepeat, outcome, prepare, send, shown, type Writing } from './write.js'

/** Reads, changes, writes; and begins again with what is there where somebody else was faster. */
export async function update<T>(
  settings: Settings,
  url: string,
  change: Change<T>,
  options: UpdateOptions<T>,
): Promise<Written<T>> {
  const { method = 'PUT', headers, onConflict, wasMade, ...limits } = options
  const tries = readLimits({ ...settings.retry, ...limits })
  const { signal } = tries
  let base: T | undefined
  /** what a conflict has shown, where it is this client's turn to go on from it */
  let seen: Snapshot<T> | undefined
  /** what is being written, for as long as it may be sent again */
  let pending: Writing<T> | undefined
  /** the last writing that was refused, and why */
  let conflict: { writing: Writing<T>; error: ClientError } | undefined
  let conflicts = 0
  /** what was read last is what has been refused: a replica or a cache is behind, and no turn helps */
  let lags = false
  /** after which error another try follows */
  let again: ClientError | undefined

  async function current(): Promise<Snapshot<T>> {
    if (seen !== undefined) return seen
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
      const { error, writing } = conflict
      const { mine } = writing
      const copies = structuredClone({ base, theirs: theirs.value })
      const began = performance.now()
      const decision = await onConflict({ ...copies, mine, problem: error.problem, attempt: conflicts })
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
        lags = isSame(writing.base, theirs)
        // a 409 of the application's own, which says nothing of the state: another try would meet it again
        if (error.problem === undefined && lags) throw error
      }
      const mine = await decide(theirs, one)
      check(mine !== undefined, 'change', 'give what to write')
      pending = prepare(settings, { method, url, headers, base: theirs, mine, wasMade })
      // RFC 7240 §4.3: a refusal may be kept back until it is this client's turn; where somebody is asked first, that
      // would be over before the answer. To other origins it is a header that their CORS rules may not allow
      if (!onConflict && url.startsWith(settings.page))
        pending.wait = Math.floor(Math.min(settings.requestTimeout, tries.timeout) / 2_000)
    }
    const writing = pending
    try {
      return await send(settings, writing, signal)
    } catch (error) {
      if (mayRepeat(writing, error)) again = error
      else if (isConflict(error)) {
        again = error
        conflict = { writing, error }
        conflicts += 1
        pending = undefined
        seen = shown<T>(writing, error)
        // by a later turn others have written
        if (error.problem?.retryAfterMs !== 0 || shapeOf(seen?.value) !== shapeOf(base)) seen = undefined
      }
      throw error
    }
  }

  try {
    return await retry(attempt, {
      ...tries,
      isConflict: (error) =>
        error === again && {
          afterMs: again?.retryAfterMs,
          // what a gateway's Retry-After says, it says to all
          isTurn: !lags && waitOf(again?.problem).isTurn,
        },
    })
  } catch (error) {
    if (pending !== undefined) return outcome(settings, pending, error, signal)
    if (conflict === undefined || (error !== again && !conflict.writing.doubt)) throw error
    return outcome(settings, conflict.writing, conflict.error, signal)
  }
}

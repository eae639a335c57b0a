import type { HeaderFields } from './options.js'
import type { ClientProblem } from './problem.js'
import type { RetryOptions } from './retry.js'
import type { WasMade } from './write.js'

/** What stands against each other in a conflict. */
export interface Conflict<T> {
  /** what the change was first applied to */
  readonly base: T
  /** what was to be written: the representation, or the patch */
  readonly mine: unknown
  /** what is there instead */
  readonly theirs: T
  readonly problem: ClientProblem | undefined
  /** how many conflicts this update has met, from 1 */
  readonly attempt: number
}

/**
 * `apply`: the change is applied again, to what is there now. `{ write }`: this is written, as a merge that was made
 * of what is there now. `give-up`: the conflict is thrown.
 */
export type Decision<T> = 'apply' | 'give-up' | { readonly write: T }

export interface UpdateOptions<T> extends RetryOptions {
  /** `PUT` writes what `change` returned, `PATCH` sends it as the patch; `PUT` */
  readonly method?: 'PUT' | 'PATCH'
  /** besides those of the client */
  readonly headers?: HeaderFields
  /** merges, gives up, or asks a person, whose time does not count; without it the change is applied again each time */
  readonly onConflict?: (conflict: Conflict<T>) => Decision<T> | Promise<Decision<T>>
  /**
   * Whether what is there now has this write in it; asked after a conflict. It may be one with the write's own first
   * try, whose answer was lost, or which a proxy has sent twice. True means that nobody else can have written it: an
   * id, a name. Without it a write whose answer was lost ends with ERR_OUTCOME_UNKNOWN once the state has changed
   */
  readonly wasMade?: WasMade<T>
}

/** Makes the next representation from the current one, which is the caller's to change. It may be asked several times. */
export type Change<T> = (current: T) => T | Promise<T>

import type { IncomingMessage } from 'node:http'
import { types } from 'node:util'
import { requestNotes } from './notes.js'

/*
 * The errors by which ORMs say that a write with a version in its predicate matched no row, by their names. The same
 * names are thrown for other rows, and for rows that are not there: only a look at the row tells.
 */
const STALE_WRITES: Readonly<Record<string, (error: Readonly<Record<string, unknown>>) => boolean>> = {
  // https://www.prisma.io/docs/orm/reference/error-reference#p2025
  PrismaClientKnownRequestError: ({ code }) => code === 'P2025',
  // https://sequelize.org/docs/v6/other-topics/optimistic-locking/; lib/errors/optimistic-lock-error.js has the name
  SequelizeOptimisticLockError: ({ modelName }) => typeof modelName === 'string',
  // the class of the same error, which is the name that other ORMs give theirs
  OptimisticLockError: () => true,
  // https://typeorm.io/docs/working-with-entity-manager/find-options/ (lock: { mode: 'optimistic' })
  OptimisticLockVersionMismatchError: () => true,
  // https://mongoosejs.com/docs/guide.html#optimisticConcurrency; of other libraries' VersionErrors none has these
  VersionError: ({ modifiedPaths, version }) => Array.isArray(modifiedPaths) && version !== undefined,
  // https://mongoosejs.com/docs/api/document.html#Document.prototype.save(): the document was deleted meanwhile
  DocumentNotFoundError: ({ filter, query }) => filter !== undefined || query !== undefined,
}

/**
 * Whether an ORM threw it for a stale write, or the application says so. A client's data that an application throws
 * as they came are no error, whatever they call themselves.
 */
export function isStaleWrite(error: unknown, stale: ((error: unknown) => boolean) | undefined): boolean {
  try {
    if (stale?.(error) === true) return true
    if (!types.isNativeError(error) || !Object.hasOwn(STALE_WRITES, error.name)) return false
    return STALE_WRITES[error.name]?.(Object.fromEntries(Object.entries(error))) === true
  } catch {
    // whoever reads it next will see
    return false
  }
}

/** Who knows what an error of a guarded handler means. */
export interface Explainer {
  /** once its row was looked up; undefined where it is no stale write */
  explain?(error: unknown): Promise<unknown> | undefined
}

/** For `problems()`, where the error of a handler behind `guard()` arrives. */
export function attachExplainer(req: IncomingMessage, explainer: Explainer): void {
  const notes = requestNotes(req)
  const { explainer: outer } = notes
  notes.explainer =
    outer === undefined
      ? explainer
      : { explain: (error) => explainer.explain?.(error) ?? outer.explain?.(error) }
}

/** What an error of the handler means by whoever guarded it; undefined where nobody did, or it means nothing else. */
export function explained(req: IncomingMessage, error: unknown): Promise<unknown> | undefined {
  return requestNotes(req).explainer?.explain?.(error)
}

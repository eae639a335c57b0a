import { IfMatchError, show } from '../../core/errors.js'

/** What is used of a Mongoose document, which is told by its shape: of `$__`, its inner state, no other row has one. */
interface DocumentLike {
  readonly $__?: unknown
  readonly schema?: { readonly options?: Readonly<Record<string, unknown>> }
}

/**
 * Throws ERR_VERSION_UNMOVED where the version is that of a Mongoose document whose schema has no
 * `optimisticConcurrency`: then it moves only where the place of an array's element may have
 * (mongoosejs.com/docs/guide.html#versionKey), and two writes that name it would both succeed (P1). A list of paths is the
 * application's own word on which of them matter.
 */
export function checkVersionMoves(version: string, row: unknown): void {
  if (typeof row !== 'object' || row === null) return
  const { $__: inner, schema } = row as DocumentLike
  if (typeof inner !== 'object' || inner === null) return
  const options = schema?.options
  if (options?.versionKey !== version) return
  const { optimisticConcurrency: moving } = options
  if (Array.isArray(moving) ? moving.length > 0 : Boolean(moving)) return
  throw new IfMatchError(
    'ERR_VERSION_UNMOVED',
    `version: ${show(version)} is the version key of a Mongoose document whose schema lets it stand while the document changes, so that updates would be lost. Write new Schema({ … }, { optimisticConcurrency: true }), or give a function (row) => version where something else moves it (ERR_VERSION_UNMOVED, see docs/errors.md)`,
  )
}

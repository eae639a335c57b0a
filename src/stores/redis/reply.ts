import { IfMatchError, show } from '../../core/errors.js'
import type { SwapResult } from '../../core/ledger.js'
import type { Claim, Existence } from '../../core/record.js'
import { Words } from './words.js'

const EXISTENCE: readonly unknown[] = ['unknown', 'present', 'deleted'] satisfies Existence[]

export interface Answered extends SwapResult {
  /** the stream of writes that the server is in; '' where that says nothing, or nothing yet */
  readonly history: string
}

/** What the script answered, as a result. What the library cannot have written is never taken for a version. */
export function resultOf(key: string, reply: unknown): Answered {
  const answer: readonly unknown[] = Array.isArray(reply) ? reply : []
  const words = new Words(text(answer[0]) ?? '')
  const what = words.next()
  if (what === 'unnamed') throw unnamed()
  if ((what !== 'swapped' && what !== 'read') || answer.length !== 3) throw foreign(key)
  const history = words.next()
  const count = words.whole()
  const existence = words.next()
  const fence = words.whole()
  if (count === undefined || fence === undefined || !EXISTENCE.includes(existence)) throw foreign(key)
  const token = text(answer[1])
  const claim = token === null ? null : claimOf(key, token, words)
  return {
    history: history === undefined || history === '-' ? '' : history,
    swapped: what === 'swapped',
    record: { count, existence: existence as Existence, fence, claim, settled: text(answer[2]) },
  }
}

function claimOf(key: string, token: string, words: Words): Claim {
  const beat = words.whole()
  const lease = words.whole()
  const doubtful = words.next() === '1'
  const remaining = words.whole()
  if (beat === undefined || lease === undefined || remaining === undefined) throw foreign(key)
  return { token, beat, lease, doubtful, remaining }
}

/** A client may be set to give bytes for texts. */
function text(member: unknown): string | null {
  if (typeof member === 'string') return member
  return member instanceof Uint8Array ? Buffer.from(member).toString() : null
}

function foreign(key: string): IfMatchError {
  return new IfMatchError(
    'ERR_STORE_SCHEMA',
    `redis ledger: what is stored for the key ${show(key)} was not written by this library. Nothing else may write below its \`prefix\`: choose another one (ERR_STORE_SCHEMA, see docs/errors.md)`,
  )
}

function unnamed(): IfMatchError {
  return new IfMatchError(
    'ERR_WRITE_UNSUPPORTED',
    'redis ledger: the server did not tell its replication id, without which a failover that loses writes goes unnoticed. Allow the user of the connection the command INFO; or set `durable: true` where the server never loses a write that it has answered (ERR_WRITE_UNSUPPORTED, see docs/errors.md)',
  )
}

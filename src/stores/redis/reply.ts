import { IfMatchError, show } from '../../core/errors.js'
import type { SwapResult } from '../../core/ledger.js'
import type { Existence } from '../../core/record.js'

const EXISTENCE: readonly unknown[] = ['unknown', 'present', 'deleted'] satisfies Existence[]

const WHOLE = /^(?:0|-?[1-9]\d{0,15})$/

export interface Answered extends SwapResult {
  /** the stream of writes that the server is in; '' where that says nothing, or nothing yet */
  readonly history: string
}

/** What the script answered, as a result. What the library cannot have written is never taken for a version. */
export function resultOf(key: string, reply: unknown): Answered {
  const answer: readonly unknown[] = Array.isArray(reply) ? reply : []
  const [what, ...state] = text(answer[0])?.split(' ') ?? []
  if (what === 'unnamed') throw unnamed()
  if ((what !== 'swapped' && what !== 'read') || answer.length !== 3) throw foreign(key)
  const [history, count, existence, fence, beat, lease, doubtful, remaining] = state
  const token = text(answer[1])
  const whole = (digits: string | undefined): number => {
    const number = digits !== undefined && WHOLE.test(digits) ? Number(digits) : NaN
    if (Number.isSafeInteger(number)) return number
    throw foreign(key)
  }
  if (!EXISTENCE.includes(existence)) throw foreign(key)
  const claim =
    token === null
      ? null
      : {
          token,
          beat: whole(beat),
          lease: whole(lease),
          doubtful: doubtful === '1',
          remaining: whole(remaining),
        }
  return {
    history: history === undefined || history === '-' ? '' : history,
    swapped: what === 'swapped',
    record: {
      count: whole(count),
      existence: existence as Existence,
      fence: whole(fence),
      claim,
      settled: text(answer[2]),
    },
  }
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

import { unseen } from '../../core/record.js'
import type { ClaimRequest, ClaimSet } from './claim-set.js'
import { keysOf } from './keys-of-write.js'

/** Under `observe`, where the claim was refused: the write is counted, as one that went past the claims. */
export function unclaimed(request: ClaimRequest): ClaimSet {
  const { claims } = request
  const keys = [...keysOf(request)]
  const { signal } = new AbortController()
  let record = unseen()
  return {
    keys,
    own: undefined,
    record,
    recordOf: () => record,
    stands: () => true,
    signal,
    also(_request, names) {
      keys.push(...names)
      return Promise.resolve()
    },
    async settle(outcome) {
      if (outcome.kind === 'unwritten') return { settlement: 'settled', record }
      const moved = await Promise.all(keys.map((name) => claims.move(name).catch(() => undefined)))
      record = moved[keys.indexOf(request.key.key)] ?? record
      return { settlement: 'unknown', record }
    },
    abandon: () => Promise.resolve(),
  }
}

import type { Clock } from '../core/clock.js'
import type { Claim } from '../core/record.js'

interface Sighting {
  readonly token: string
  readonly beat: number
  readonly since: number
}

const MOST_SIGHTINGS = 10_000

/**
 * When a claim is over. The store's clock decides where it has one. Else whoever saw the same token and beat
 * for a whole lease on its own monotonic clock may end it: no two clocks are ever compared.
 */
export function claimObserver(clock: Clock): (key: string, claim: Claim) => boolean {
  const sightings = new Map<string, Sighting>()

  return (key, claim) => {
    if (claim.remaining !== undefined) return claim.remaining <= 0
    const seen = sightings.get(key)
    if (seen?.token === claim.token && seen.beat === claim.beat) {
      const over = clock.now() - seen.since >= claim.lease
      if (over) sightings.delete(key)
      return over
    }
    sightings.delete(key)
    // forgetting the oldest only means that its lease is watched from its beginning again
    if (sightings.size >= MOST_SIGHTINGS) forgetOldest(sightings)
    sightings.set(key, { token: claim.token, beat: claim.beat, since: clock.now() })
    return false
  }
}

function forgetOldest(sightings: Map<string, Sighting>): void {
  for (const key of sightings.keys()) {
    sightings.delete(key)
    return
  }
}

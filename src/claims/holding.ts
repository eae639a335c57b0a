import type { Deadlines } from './deadlines.js'
import type { KeyQueue } from './queue.js'
import type { Steps } from './steps.js'
import type { TimedLedger } from './store.js'

/** Where claims are held. */
export interface Holding {
  readonly store: TimedLedger
  readonly deadlines: Deadlines
  readonly step: Steps
  /** left when the claim ends */
  readonly queue: Pick<KeyQueue, 'leave'>
}

/** How a claim is held. */
export interface HoldOptions {
  readonly key: string
  /** ms */
  readonly lease: number
  /** false where timers freeze between requests: then the lease is all there is */
  readonly renewing: boolean
}

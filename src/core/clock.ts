/** Time, as something that tests can hold in their hand. */
export interface Clock {
  /** ms since an arbitrary moment, never going back: leases and waits are measured with it */
  now(): number
  /** ms since the epoch: only for dates that are sent or compared with dates, never for leases */
  date(): number
  /** calls `run` after `ms`; the answer cancels it */
  after(ms: number, run: () => void): () => void
}

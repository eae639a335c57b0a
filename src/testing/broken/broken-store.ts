import type { StoreSubject } from '../contract.js'

/** A store with one mistake, for those who run a contract by their own means: a runner that passes it is no use. */
export interface BrokenStore<Subject extends StoreSubject> {
  /** the mistake, `check-then-act` */
  readonly id: string
  /** the cases that must fail on it, whatever else does */
  readonly breaks: readonly string[]
  /** a new one, with nothing in it */
  open(): Subject
}

import { AsyncResource } from 'node:async_hooks'
import type { Clock } from '../core/clock.js'

/** What happens at a deadline that was not dropped before. */
export interface Due {
  due(): void
}

/** A place in the line of its length. */
export interface Deadline {
  readonly line: Line
  readonly at: number
  readonly target: Due
  /** whose request it is of; the one that set the timer may be another */
  readonly context: AsyncResource
  previous: Deadline | undefined
  next: Deadline | undefined
}

/**
 * Deadlines of a few lengths, most of which are dropped long before they are met. Those of one length come in the
 * order in which they were set, so that one timer of the clock serves all of them, and none is begun for each write.
 */
export class Deadlines {
  readonly #lines: Line[] = []
  #settingTimers = false

  constructor(readonly clock: Clock) {}

  /** `ms` from now */
  set(ms: number, target: Due): Deadline {
    const line = this.#line(ms)
    // a write that waits for nothing is over before there is anything to time
    if (!line.timed && !this.#settingTimers) {
      this.#settingTimers = true
      void READY.then(this.#setTimers)
    }
    return line.add(target)
  }

  /** the same for what is waited for already */
  setWaiting(ms: number, target: Due): Deadline {
    const line = this.#line(ms)
    const deadline = line.add(target)
    line.time()
    return deadline
  }

  #line(ms: number): Line {
    const known = this.#lines.find((line) => line.ms === ms)
    if (known !== undefined) return known
    const line = new Line(this.clock, ms)
    this.#lines.push(line)
    return line
  }

  readonly #setTimers = (): void => {
    this.#settingTimers = false
    for (const line of this.#lines) line.time()
  }
}

const READY = Promise.resolve()

/** nothing is to be told when it is collected */
const UNTRACKED = { requireManualDestroy: true }

class Line {
  #first: Deadline | undefined
  #last: Deadline | undefined
  #cancel: (() => void) | undefined

  constructor(
    readonly clock: Clock,
    readonly ms: number,
  ) {}

  /** its timer is set */
  get timed(): boolean {
    return this.#cancel !== undefined
  }

  add(target: Due): Deadline {
    const at = this.clock.now() + this.ms
    const deadline: Deadline = {
      line: this,
      at,
      target,
      context: new AsyncResource('IfMatchDeadline', UNTRACKED),
      previous: this.#last,
      next: undefined,
    }
    if (this.#last === undefined) this.#first = deadline
    else this.#last.next = deadline
    this.#last = deadline
    return deadline
  }

  /** once only; one that was met is dropped already */
  drop(deadline: Deadline): void {
    const { previous, next } = deadline
    if (previous !== undefined) previous.next = next
    else if (this.#first === deadline) this.#first = next
    if (next !== undefined) next.previous = previous
    else if (this.#last === deadline) this.#last = previous
    deadline.previous = undefined
    deadline.next = undefined
    // no timer stays behind where nobody waits
    if (this.#first === undefined) {
      this.#cancel?.()
      this.#cancel = undefined
    }
  }

  /** sets the timer that the first one waits for */
  time(): void {
    if (this.#first === undefined || this.timed) return
    const { at } = this.#first
    this.#cancel = this.clock.after(at - this.clock.now(), () => {
      try {
        // a timer may come before its time, by as much as clocks differ
        this.#meet(Math.max(at, this.clock.now()))
      } finally {
        // one that fails stops no other
        this.#cancel?.()
        this.#cancel = undefined
        this.time()
      }
    })
  }

  #meet(now: number): void {
    for (let first = this.#first; first !== undefined && first.at <= now; first = this.#first) {
      this.drop(first)
      const { context, target } = first
      context.runInAsyncScope(() => {
        target.due()
      })
    }
  }
}

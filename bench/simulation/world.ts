/** What somebody in the simulation does next; each takes its time, in ms, and then they go on. */
export type Step =
  | { readonly wait: number }
  /** of work, by one of those who can do it */
  | { readonly work: number; readonly by: Workers }
  /** first come, first served, until `leave` */
  | { readonly enter: Line }

/** What somebody does, one step after the other, and what comes of it. */
export type Life<T = void> = Generator<Step, T, void>

/** Of the key, within one process: see src/claims/queue.ts. */
export class Line {
  held = false
  readonly waiting: (() => void)[] = []

  leave(): void {
    const next = this.waiting.shift()
    if (next === undefined) this.held = false
    else next()
  }
}

/** Some who do the same work, with one line before all of them; each needs a core for it. */
export class Workers {
  readonly wanted: (() => void)[] = []

  constructor(public free: number) {}
}

interface Event {
  readonly at: number
  readonly order: number
  readonly happen: () => void
}

/** A clock that jumps from event to event. */
export class World {
  now = 0
  #order = 0
  readonly #events: Event[] = []
  readonly #cores: Workers

  constructor(cores: number) {
    this.#cores = new Workers(cores)
  }

  live(life: Life): void {
    const next = life.next()
    if (next.done === true) return
    const step = next.value
    const then = () => {
      this.live(life)
    }
    if ('wait' in step) this.#after(step.wait, then)
    else if ('work' in step) this.#work(step.by, step.work, then)
    else if (step.enter.held) step.enter.waiting.push(then)
    else {
      step.enter.held = true
      then()
    }
  }

  /** Until nothing is left to happen. */
  run(): void {
    for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) {
      this.now = event.at
      event.happen()
    }
  }

  #after(ms: number, happen: () => void): void {
    const event = { at: this.now + ms, order: this.#order++, happen }
    // what happens at the same time happens in the order of asking
    let place = this.#events.length
    while (place > 0 && (this.#events[place - 1] as Event).at > event.at) place -= 1
    this.#events.splice(place, 0, event)
  }

  #work(by: Workers, ms: number, then: () => void): void {
    this.#take(by, () => {
      this.#take(this.#cores, () => {
        this.#after(ms, () => {
          this.#free(this.#cores)
          this.#free(by)
          then()
        })
      })
    })
  }

  #take(workers: Workers, then: () => void): void {
    if (workers.free === 0) {
      workers.wanted.push(then)
      return
    }
    workers.free -= 1
    then()
  }

  #free(workers: Workers): void {
    const next = workers.wanted.shift()
    if (next === undefined) workers.free += 1
    else next()
  }
}

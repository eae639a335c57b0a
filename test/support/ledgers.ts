import { memoryLedger, type Ledger } from 'express-if-match'

type Steps = Pick<Ledger, 'get' | 'getMany' | 'compareAndSwap'>
type Turn = <T>(answer: () => T, step: keyof Steps) => Promise<T>

function turned(turn: Turn, ledger: Ledger = memoryLedger()): Ledger {
  return {
    name: 'slow memory',
    epoch: ledger.epoch,
    get: async (key) => turn(() => ledger.get(key), 'get'),
    getMany: async (keys) => turn(() => ledger.getMany(keys), 'getMany'),
    compareAndSwap: async (key, swap) => turn(() => ledger.compareAndSwap(key, swap), 'compareAndSwap'),
  }
}

/** A memory ledger that answers each time in a later turn of the loop, as a database does. */
export function laterLedger(): Ledger {
  return turned(async (answer) => {
    await new Promise((resolve) => setImmediate(resolve))
    return answer()
  })
}

export interface HeldLedger {
  readonly ledger: Ledger
  /** from now on calls wait */
  hold(): void
  /** resolves when a call waits */
  readonly asked: () => Promise<void>
  /** lets all go that wait, and those to come */
  release(): void
  /** from now on calls reject */
  fail(): void
}

/** A memory ledger whose answers a test holds back by hand. */
export function heldLedger(): HeldLedger {
  let waiting: (() => void)[] | undefined
  let failing = false
  let onAsked = () => {}
  const ledger = turned(async (answer) => {
    if (waiting !== undefined) {
      const line = waiting
      await new Promise<void>((resolve) => {
        line.push(resolve)
        onAsked()
      })
    }
    if (failing) throw new Error('the store is down')
    return answer()
  })
  return {
    ledger,
    hold() {
      waiting ??= []
    },
    asked: () =>
      new Promise((resolve) => {
        onAsked = resolve
        if (waiting !== undefined && waiting.length > 0) resolve()
      }),
    release() {
      const line = waiting ?? []
      waiting = undefined
      for (const go of line) go()
    },
    fail() {
      failing = true
    },
  }
}

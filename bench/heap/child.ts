// Fills one kind of memory with a million keys and tells its parent what a key takes. See ../sections/memory.ts.
import { memoryLedger } from 'express-if-match'
import { KEYS, type Filling, type Weighed } from './filling.js'

/** Flat columns lie outside V8's heap; `external` counts them, so `arrayBuffers` must not be added once more. */
function inUse(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** In one piece: what a template gives is a rope of two texts until somebody looks at it. */
const keyOf = (kind: string, index: number): string =>
  Buffer.from(`${kind}/${100_000 + index}`, 'latin1').toString('latin1')

function intoMap(kept: Map<string, number>, kind: string, keys: number): void {
  for (let index = 0; index < keys; index += 1) kept.set(keyOf(kind, index), index)
}

/** Each key written once, as by a guarded PUT: a claim, and its settlement. */
function intoLedger(ledger: ReturnType<typeof memoryLedger>, kind: string, keys: number): void {
  for (let index = 0; index < keys; index += 1) {
    const key = keyOf(kind, index)
    const { count } = ledger.get(key)
    const token = `${String(index)}-token`
    const held = { count, token, beat: 0, lease: 30_000, doubtful: false, raiseFence: true }
    const claimed = ledger.compareAndSwap(key, { from: { count, token: null, beat: 0 }, to: held })
    const settled = ledger.compareAndSwap(key, {
      from: held,
      to: { ...held, count: count + 1, token: null, raiseFence: false, existence: 'present', settled: token },
    })
    if (!claimed.swapped || !settled.swapped) throw new Error(`${key} was not written`)
  }
}

const fillings: Readonly<Record<Filling, () => () => unknown>> = {
  map: () => {
    const kept = new Map<string, number>()
    intoMap(kept, 'articles', KEYS)
    return () => kept.size
  },
  ledger: () => {
    const ledger = memoryLedger({ maxEntries: KEYS })
    intoLedger(ledger, 'articles', KEYS)
    return () => ledger.get('articles/100000').count
  },
  'ledger, full': () => {
    const ledger = memoryLedger({ maxEntries: KEYS })
    intoLedger(ledger, 'articles', KEYS)
    // each in the place of another: deletions make the maps inside grow once more
    intoLedger(ledger, 'comments', KEYS / 2)
    return () => ledger.get('comments/100000').count
  },
}

// what is loaded and compiled on the way counts for nobody
intoLedger(memoryLedger(), 'warm', 1000)
intoMap(new Map(), 'warm', 1000)
const before = inUse()
const stillThere = fillings[process.argv[2] as Filling]()
const perKey = (inUse() - before) / KEYS
if (stillThere() === 0) throw new Error('an empty one was weighed')
process.send?.({ perKey } satisfies Weighed)

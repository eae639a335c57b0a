// Fills one kind of memory with a million keys and tells its parent what a key takes. See ../sections/memory.ts.
import { memoryLedger } from 'express-if-match'
import { KEYS, type Filling, type Weighed } from './filling.js'
import { writeKeys } from './write-keys.js'

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

const fillings: Readonly<Record<Filling, () => () => unknown>> = {
  map: () => {
    const kept = new Map<string, number>()
    intoMap(kept, 'articles', KEYS)
    return () => kept.size
  },
  ledger: () => {
    const ledger = memoryLedger({ maxEntries: KEYS })
    writeKeys(ledger, KEYS, (index) => keyOf('articles', index))
    return () => ledger.get('articles/100000').count
  },
  'ledger, full': () => {
    const ledger = memoryLedger({ maxEntries: KEYS })
    writeKeys(ledger, KEYS, (index) => keyOf('articles', index))
    // each in the place of another: deletions make the maps inside grow once more
    writeKeys(ledger, KEYS / 2, (index) => keyOf('comments', index))
    return () => ledger.get('comments/100000').count
  },
}

// what is loaded and compiled on the way counts for nobody
writeKeys(memoryLedger(), 1000, (index) => keyOf('warm', index))
intoMap(new Map(), 'warm', 1000)
const before = inUse()
const stillThere = fillings[process.argv[2] as Filling]()
const perKey = (inUse() - before) / KEYS
if (stillThere() === 0) throw new Error('an empty one was weighed')
process.send?.({ perKey } satisfies Weighed)

import { writeKeys } from '../../bench/heap/write-keys.js'
import { memoryLedger } from '../../src/stores/memory.js'

/*
 * Run with --expose-gc: prints, as JSON, the bytes per key that a ledger of a million keys holds beyond the keys
 * themselves. Flat columns live outside V8's heap, so both kinds of memory count.
 */
const KEYS = 1_000_000
/** keys written after that, each in the place of another: deletions make the maps inside grow once more */
const LATER = 300_000

function inUse(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const keyOf = (kind: string, index: number): string => `${kind}/${String(index).padStart(12, '0')}`

/** The key as a router hands it over: cut out of a URL that is much longer. */
function cutOut(key: string): string {
  const url = `/api/v1/${key}?${'filter=none&'.repeat(20)}`
  return url.slice(8, url.indexOf('?'))
}

const keysOf = (kind: string) => (index: number) => cutOut(keyOf(kind, index))

/** What the keys take by themselves, each with memory of its own, without the array that holds them here. */
const keys = new Array<string>(KEYS).fill('')
const empty = inUse()
for (let index = 0; index < KEYS; index += 1)
  keys[index] = Buffer.from(keyOf('articles', index), 'latin1').toString('latin1')
const key = (inUse() - empty) / KEYS
keys.length = 0

const ledger = memoryLedger({ maxEntries: KEYS })
const before = inUse()
writeKeys(ledger, KEYS, keysOf('articles'))
const filled = (inUse() - before) / KEYS - key
writeKeys(ledger, LATER, keysOf('comments'))
const churned = (inUse() - before) / KEYS - key
const { existence } = ledger.get(keyOf('comments', LATER - 1))
console.log(JSON.stringify({ key, filled, churned, existence }))

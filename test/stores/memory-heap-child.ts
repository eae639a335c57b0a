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

function write(ledger: ReturnType<typeof memoryLedger>, kind: string, number: number): void {
  for (let index = 0; index < number; index += 1) {
    const key = cutOut(keyOf(kind, index))
    const { count } = ledger.get(key)
    const token = `${String(index)}-as-long-as-a-random-uuid-would-be`
    const held = { count, token, beat: 0, lease: 30_000, doubtful: false, raiseFence: true }
    const claimed = ledger.compareAndSwap(key, { from: { count, token: null, beat: 0 }, to: held })
    const settled = ledger.compareAndSwap(key, {
      from: held,
      to: { ...held, count: count + 1, token: null, raiseFence: false, existence: 'present', settled: token },
    })
    if (!claimed.swapped || !settled.swapped) throw new Error(`${key} was not written`)
  }
}

/** What the keys take by themselves, each with memory of its own, without the array that holds them here. */
const keys = new Array<string>(KEYS).fill('')
const empty = inUse()
for (let index = 0; index < KEYS; index += 1)
  keys[index] = Buffer.from(keyOf('articles', index), 'latin1').toString('latin1')
const key = (inUse() - empty) / KEYS
keys.length = 0

const ledger = memoryLedger({ maxEntries: KEYS })
const before = inUse()
write(ledger, 'articles', KEYS)
const filled = (inUse() - before) / KEYS - key
write(ledger, 'comments', LATER)
const churned = (inUse() - before) / KEYS - key
const { existence } = ledger.get(keyOf('comments', LATER - 1))
console.log(JSON.stringify({ key, filled, churned, existence }))

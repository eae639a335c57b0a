/* One of several processes over one Redis, each with a wall clock of its own: redis-processes.test.ts starts it. */
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import type { LedgerRecord } from '../../src/core/record.js'
import { redisLedger, type RedisLedger } from '../../src/stores/redis.js'
import { claimOf, writeOf } from './redis-support.js'

export interface Race {
  /** the counts of the versions that this process wrote */
  readonly won: readonly number[]
  readonly lost: number
  /** refusals that were told of a state not newer than the one they named */
  readonly lies: number
  /** what was left of the claims of others, in ms, whenever they were met */
  readonly remaining: readonly number[]
}

const [driver, url, prefix, skew, rounds] = process.argv.slice(2) as [string, string, string, string, string]

const right = Date
globalThis.Date = class extends right {
  constructor(...parts: unknown[]) {
    super(...((parts.length === 0 ? [right.now() + Number(skew)] : parts) as []))
  }
  static override now = (): number => right.now() + Number(skew)
} as DateConstructor

/** Claims every version of one key as fast as it can, without a look, and writes where it has the claim. */
async function race(ledger: RedisLedger, start: number): Promise<Race> {
  const won: number[] = []
  const remaining: number[] = []
  let [lost, lies] = [0, 0]
  let record: LedgerRecord = await ledger.get('k')
  for (let attempt = 0; record.existence !== 'deleted'; attempt++) {
    const token = `${process.pid}-${attempt}`
    const free = { ...record, claim: null }
    const claimed = await ledger.compareAndSwap('k', claimOf(free, token))
    record = claimed.record
    if (claimed.swapped) {
      const last = record.count + 1 - start >= Number(rounds)
      const written = await ledger.compareAndSwap('k', writeOf(record, last ? 'deleted' : 'present'))
      if (!written.swapped) lies++
      else won.push(written.record.count)
      record = written.record
    } else {
      lost++
      if (record.claim !== null) remaining.push(record.claim.remaining!)
      else if (record.count <= free.count) lies++
    }
  }
  return { won, lost, lies, remaining }
}

const client =
  driver === 'ioredis'
    ? new Redis(url)
    : await createClient({ url })
        .on('error', () => undefined)
        .connect()
const ledger = redisLedger(client, { prefix })
// nobody writes before the word "go"
const { count: start } = await ledger.get('k')
process.once('message', () => {
  void race(ledger, start).then((result) => {
    process.send!(result)
    process.exit()
  })
})
process.send!('ready')

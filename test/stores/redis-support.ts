import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, beforeAll } from 'vitest'
import type { Swap, SwapTo } from '../../src/core/ledger.js'
import { swapFrom } from '../../src/core/machine.js'
import type { LedgerRecord } from '../../src/core/record.js'

export const randomPrefix = (): string => `if-match-test-${randomBytes(6).toString('hex')}:`

/** A connection that looks at what is stored below a prefix of the test file's own, and removes it in the end. */
export function witnessOf(port: () => number | string, prefix: string): { readonly redis: Redis } {
  let redis: Redis | undefined
  beforeAll(() => {
    redis = new Redis(port() as number)
    redis.on('error', () => undefined)
  })
  afterAll(async () => {
    const names = await redis!.keysBuffer(`${prefix}*`)
    if (names.length > 0) await redis!.del(...names)
    redis!.disconnect()
  })
  return {
    get redis() {
      return redis!
    },
  }
}

const FREE: Omit<SwapTo, 'count'> = { token: null, beat: 0, lease: 0, doubtful: false, raiseFence: false }

export const LEASE = 60_000

export function claimOf(record: LedgerRecord, token: string, lease = LEASE): Swap {
  return { from: swapFrom(record), to: { ...FREE, count: record.count, token, lease, raiseFence: true } }
}

export function releaseOf(record: LedgerRecord): Swap {
  return { from: swapFrom(record), to: { ...FREE, count: record.count } }
}

export function writeOf(record: LedgerRecord, existence: LedgerRecord['existence'] = 'present'): Swap {
  const settled = record.claim?.token ?? null
  return { from: swapFrom(record), to: { ...FREE, count: record.count + 1, existence, settled } }
}

/** What the members of a stored key hold, in this order. */
const WORDS = {
  record: ['count', 'existence', 'fence', 'history', 'kept'],
  claim: ['beat', 'lease', 'doubtful', 'ends', 'token'],
} as const

type Member = keyof typeof WORDS
type Word = (typeof WORDS)[Member][number]

const MEMBERS = Object.keys(WORDS) as Member[]

async function wordsOf(redis: Redis, stored: string, member: Member): Promise<Map<Word, string>> {
  const words = (await redis.hget(stored, member))?.split(' ') ?? []
  return new Map(WORDS[member].map((name, index) => [name, words[index] ?? '']))
}

export async function wordOf(redis: Redis, stored: string, name: Word): Promise<string | undefined> {
  const found = await Promise.all(MEMBERS.map((member) => wordsOf(redis, stored, member)))
  return found.find((words) => words.has(name))?.get(name)
}

/** As if somebody had written it so: what is not named stays. */
export async function rewrite(
  redis: Redis,
  stored: string,
  change: Readonly<Partial<Record<Word, string | number>>>,
): Promise<void> {
  for (const member of MEMBERS) {
    const words = await wordsOf(redis, stored, member)
    const changed = WORDS[member].filter((name) => change[name] !== undefined)
    for (const name of changed) words.set(name, String(change[name]))
    if (changed.length > 0) await redis.hset(stored, member, [...words.values()].join(' '))
  }
}

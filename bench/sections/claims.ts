import { randomBytes } from 'node:crypto'
import {
  claim,
  ledgerVersion,
  presumed,
  settle,
  swapFrom,
  swapTo,
  type LedgerRecord,
} from 'express-if-match/core'
// not exported by the package: the protocol as guards drive it, without HTTP
import { claimsOver } from '../../src/claims/claims.js'
import { systemClock } from '../../src/express/system-clock.js'
import { KEYS, LEASE, keyOf, type Claimed } from '../ledgers/claimed.js'
import { postgresClaimed } from '../ledgers/postgres.js'
import { redisClaimed } from '../ledgers/redis.js'
import { compare } from '../pairs.js'
import { short, type Goal, type Row } from '../rows.js'
import { throughput, type Operation } from '../throughput.js'

const ROUNDS = 15
const MS = 80
const CLIENTS = [1, 16, 64]
const GOAL: Goal = { atLeast: 0.9 }
const WRITTEN = { kind: 'written', existence: 'present' } as const

/** A claim and its settle, which is what a guarded handler costs its store, beside two writes of the same store. */
export async function claims(): Promise<readonly Row[]> {
  const rows: Row[] = []
  const ledgers: readonly (readonly [open: () => Promise<Claimed>, goal: Goal])[] = [
    [postgresClaimed, GOAL],
    [redisClaimed, GOAL],
    [() => redisClaimed(true), { none: true }],
  ]
  for (const [open, goal] of ledgers) {
    const claimed = await open()
    try {
      const counts = await begun(claimed)
      for (const clients of CLIENTS) rows.push(...(await ofLedger(claimed, counts, clients, goal)))
    } finally {
      await claimed.close()
    }
  }
  return rows
}

async function ofLedger(
  claimed: Claimed,
  counts: number[],
  clients: number,
  goal: Goal,
): Promise<readonly Row[]> {
  const { name, ledger, plain } = claimed
  const protocol = claimsOver(ledger, systemClock, 5000)
  const own = indexOf(clients)
  const swapped = async (key: string, from: LedgerRecord, to: LedgerRecord): Promise<LedgerRecord> => {
    const answer = await ledger.compareAndSwap(key, { from: swapFrom(from), to: swapTo(from, to) })
    if (!answer.swapped) throw new Error(`the swap of ${key} lost`)
    return answer.record
  }
  const side = (operation: Operation) => throughput(clients, MS, operation)
  const sides = {
    protocol: side(async (client) => {
      const index = own(client)
      const versions = [ledgerVersion(ledger.epoch, counts[index]!)]
      const got = await protocol.acquire({
        key: keyOf(index),
        expectation: { kind: 'one-of', versions, weak: false, source: 'if-match' },
        lease: LEASE,
        renewing: true,
        wait: 0,
      })
      if (got.got !== 'claim') throw new Error(`the claim of ${keyOf(index)} ended as ${got.got}`)
      counts[index] = (await got.claim.settle(WRITTEN)).record.count
    }),
    swaps: side(async (client) => {
      const index = own(client)
      const [free, token] = [presumed(counts[index]!), tokenOf()]
      const held = await swapped(keyOf(index), free, claim(free, token, LEASE)!)
      counts[index] = (await swapped(keyOf(index), held, settle(held, token, WRITTEN).record)).count
    }),
  }
  const rows: Row[] = []
  for (const [against, twice] of Object.entries(plain)) {
    const seen = await compare(
      side((client) => twice(own(client), tokenOf())),
      sides,
      ROUNDS,
    )
    const row = (what: string, how: keyof typeof sides, goal: Goal): Row => ({
      what: `${what}, ${name}, ${clients === 1 ? '1 client' : `${clients} clients`}`,
      against,
      of: 'throughput',
      goal,
      seen: seen.sides[how].ratio,
      control: seen.control,
      figures: `${short(seen.sides[how].side.median)}/s against ${short(seen.baseline.median)}/s`,
    })
    rows.push(row('claim and settle', 'protocol', rows.length === 0 ? goal : { none: true }))
    rows.push(row('the two swaps of a claim and its settle', 'swaps', { none: true }))
  }
  return rows
}

/** Each key is there, and free: the counts that they have. */
async function begun({ ledger }: Claimed): Promise<number[]> {
  const protocol = claimsOver(ledger, systemClock, 5000)
  const counts: number[] = []
  for (let index = 0; index < KEYS; index++) counts.push((await protocol.move(keyOf(index))).count)
  return counts
}

/** Which key a client writes next: of no other client, so that nobody waits. */
function indexOf(clients: number): (client: number) => number {
  const share = Math.floor(KEYS / clients)
  const turns = Array.from({ length: clients }, () => 0)
  return (client) => {
    const turn = turns[client] ?? 0
    turns[client] = (turn + 1) % share
    return client * share + turn
  }
}

function tokenOf(): string {
  return randomBytes(16).toString('base64url')
}

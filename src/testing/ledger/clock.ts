import assert from 'node:assert/strict'
import { move, renew } from '../../core/machine.js'
import type { LedgerRecord } from '../../core/record.js'
import { several } from '../concurrency.js'
import type { LedgerSubject } from '../subjects.js'
import { LEASE, step, take } from './driver.js'
import type { LedgerCase } from './driver.js'

/** ms after which a store whose clock stands still is given up */
const PATIENCE = 10_000

function remaining({ claim }: LedgerRecord): number {
  assert.ok(claim?.remaining !== undefined, 'a store with a clock tells how long a claim has left')
  return claim.remaining
}

/** Lets `ms` of the store's time pass: at once where the subject moves its clock, else until `check` holds. */
async function pass(subject: LedgerSubject, ms: number, check: () => Promise<boolean>): Promise<boolean> {
  if (subject.advance) {
    await subject.advance(ms)
    return check()
  }
  const end = performance.now() + PATIENCE
  while (performance.now() < end) {
    if (await check()) return true
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return false
}

/** ms that are enough to see: where the subject moves its clock, more than a busy process may take meanwhile. */
const visible = (subject: LedgerSubject, ms: number): number => (subject.advance ? Math.max(ms, 10_000) : ms)

/** Runs `work` in a process whose wall clock is wrong by `ms`. */
async function skewed<T>(ms: number, work: () => Promise<T>): Promise<T> {
  const right = Date
  const wrong = () => right.now() + ms
  globalThis.Date = new Proxy(right, {
    construct: (target, parts: unknown[]) =>
      Reflect.construct(target, parts.length === 0 ? [wrong()] : parts) as Date,
    get: (target, name) => (name === 'now' ? wrong : (Reflect.get(target, name) as unknown)),
  })
  try {
    return await work()
  } finally {
    globalThis.Date = right
  }
}

/** The store's clock ends a claim, and no process compares another's. */
export const clock: readonly LedgerCase[] = [
  {
    // without a clock of its own, a store would tell each process something else
    id: 'ledger/remaining-only-with-a-clock',
    requires: [],
    async run(subject) {
      const ledger = await subject.open()
      const record = await take(ledger, subject.key(), 'holder')
      const told = record.claim?.remaining !== undefined
      assert.equal(
        told,
        subject.capabilities.clock === true,
        '`remaining` does not fit the capability `clock`',
      )
    },
  },
  {
    id: 'ledger/remaining-falls',
    requires: ['clock'],
    async run(subject) {
      const [ledger, other] = await several(subject)
      const key = subject.key()
      const first = remaining(await take(ledger, key, 'holder'))
      assert.ok(first > 0 && first <= LEASE, `${first} ms are left of a lease of ${LEASE} ms`)
      const least = visible(subject, 1)
      const fell = await pass(subject, 20_000, async () => first - remaining(await other.get(key)) >= least)
      assert.ok(fell, 'time passes, and the claim has as long to live as before')
    },
  },
  {
    id: 'ledger/remaining-runs-out',
    requires: ['clock'],
    async run(subject) {
      const [ledger, other] = await several(subject)
      const key = subject.key()
      const lease = visible(subject, 50)
      const held = await take(ledger, key, 'holder', lease)
      const out = await pass(subject, lease + 1, async () => remaining(await other.get(key)) <= 0)
      assert.ok(out, 'a claim outlived its lease')
      const after = await other.get(key)
      // whoever meets it moves the version on first: the store by itself must not free the key
      assert.deepEqual(
        [after.claim?.token, after.count],
        ['holder', held.count],
        'the store forgot the claim',
      )
    },
  },
  {
    id: 'ledger/renewal-extends',
    requires: ['clock'],
    async run(subject) {
      const ledger = await subject.open()
      const key = subject.key()
      const held = await take(ledger, key, 'holder')
      const least = visible(subject, 200)
      const fell = async () => remaining(held) - remaining(await ledger.get(key)) >= least
      assert.ok(await pass(subject, 30_000, fell))
      const before = remaining(await ledger.get(key))
      // moves must not keep alive what nobody renews
      const moved = await step(ledger, key, held, move(held))
      assert.ok(remaining(moved) <= before, 'a move lengthened the claim that it found')
      const renewed = await step(ledger, key, moved, renew(moved, 'holder'))
      assert.ok(remaining(renewed) > before, 'a renewal did not lengthen the claim')
      assert.ok(remaining(renewed) <= LEASE)
    },
  },
  {
    id: 'ledger/process-clock-does-not-count',
    requires: ['clock'],
    async run(subject) {
      const [ledger, other] = await several(subject)
      for (const ms of [300_000, -300_000]) {
        const key = subject.key()
        await take(ledger, key, 'holder')
        const read = remaining(await skewed(ms, async () => other.get(key)))
        assert.ok(read > 0 && read <= LEASE, `read by a process ${ms} ms off: ${read} of ${LEASE} ms left`)
        const late = subject.key()
        await skewed(ms, () => take(ledger, late, 'skewed'))
        const left = remaining(await other.get(late))
        assert.ok(left > 0 && left <= LEASE, `claimed by a process ${ms} ms off: ${left} of ${LEASE} ms left`)
      }
    },
  },
]

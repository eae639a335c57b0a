import assert from 'node:assert/strict'
import { HOSTILE_TEXTS, LOOKALIKES } from '../hostile.js'
import { create, DELETED, finish, take, timeless, write, WRITTEN } from './driver.js'
import type { LedgerCase } from './driver.js'

/** With a prefix, within the 512 characters of the longest key that the guards give a ledger; the end of a text tells it apart. */
const asKey = (text: string): string => text.slice(-400)

const HOSTILE_KEYS: readonly string[] = HOSTILE_TEXTS.map(asKey)

/** What a ledger's key may hold, where a row's id cannot: some texts have no room for it, and some cut or replace it. */
const LOOKALIKE_KEYS: readonly string[] = [
  ...LOOKALIKES.map(asKey),
  'nul',
  'nul\0',
  'nul\0nul',
  // every half of a character becomes the same one in UTF-8
  'half\ud800',
  'half\udfff',
  'half\ufffd',
  'a/b',
  'a%2Fb',
  'a%2fb',
]

/** A key is text, compared octet by octet, and one key knows nothing of another. */
export const keys: readonly LedgerCase[] = [
  {
    id: 'ledger/hostile-keys',
    requires: [],
    async run(subject) {
      const ledger = await subject.open()
      const bystander = subject.key()
      const untouched = timeless(await create(ledger, bystander))
      // whole and as a part: `__proto__` is hostile only when nothing stands before it
      for (const key of [...HOSTILE_KEYS, ...HOSTILE_KEYS.map((text) => `${subject.key()}/${text}`)]) {
        const before = await ledger.get(key)
        const written = await write(ledger, key, 'hostile', WRITTEN)
        assert.equal(written.count, before.count + 1, `key ${JSON.stringify(key)}`)
        assert.deepEqual(timeless(await ledger.get(key)), timeless(written), `key ${JSON.stringify(key)}`)
        const [one, other] = await ledger.getMany([key, bystander])
        assert.deepEqual(
          [one, other].map((record) => record && timeless(record)),
          [timeless(written), untouched],
        )
        await write(ledger, key, 'gone', DELETED)
      }
      assert.deepEqual(timeless(await ledger.get(bystander)), untouched, 'another key was written to')
    },
  },
  {
    id: 'ledger/lookalike-keys',
    requires: [],
    async run(subject) {
      const ledger = await subject.open()
      const prefix = subject.key()
      const names = LOOKALIKE_KEYS.map((text) => ({ front: `${prefix}${text}`, back: `${text}${prefix}` }))
      for (const end of ['front', 'back'] as const) {
        for (const [index, name] of names.entries()) {
          const key = name[end]
          assert.equal(
            (await ledger.get(key)).settled,
            null,
            `${JSON.stringify(key)} was taken for another key`,
          )
          await write(ledger, key, `${end}-${index}`, WRITTEN)
        }
        const found = await ledger.getMany(names.map((name) => name[end]))
        assert.deepEqual(
          found.map((record) => record.settled),
          names.map((_, index) => `${end}-${index}`),
        )
      }
    },
  },
  {
    id: 'ledger/independent-keys',
    requires: [],
    async run(subject) {
      const ledger = await subject.open()
      const all = Array.from({ length: 60 }, () => subject.key())
      await Promise.all(all.map((key, index) => take(ledger, key, `holder-${index}`)))
      for (const [index, key] of all.entries()) {
        if (index % 2 === 0) await finish(ledger, key, `holder-${index}`, WRITTEN)
      }
      for (const [index, key] of all.entries()) {
        const { claim, settled } = await ledger.get(key)
        assert.equal(claim?.token ?? settled, `holder-${index}`, 'a key holds the claim of another')
        assert.equal(claim === null, index % 2 === 0)
      }
    },
  },
  {
    // a store with a bound must never forget a claim to make room, and never count below what it forgot
    id: 'ledger/claims-outlive-other-keys',
    requires: [],
    async run(subject) {
      const ledger = await subject.open()
      const claimed = subject.key()
      const free = subject.key()
      const held = timeless(await take(ledger, claimed, 'holder'))
      const old = await write(ledger, free, 'early', WRITTEN)
      for (let n = 0; n < 300; n++) await write(ledger, subject.key(), `crowd-${n}`, WRITTEN)
      assert.deepEqual(timeless(await ledger.get(claimed)), held, 'a claim was forgotten')
      const later = await ledger.get(free)
      // still known, or forgotten and counting from above: in between, its versions would come again
      if (later.existence === 'present') assert.equal(later.count, old.count)
      else assert.ok(later.count > old.count, 'a key was forgotten, and its versions come again')
    },
  },
]

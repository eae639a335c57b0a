import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

interface Measured {
  readonly key: number
  readonly filled: number
  readonly churned: number
  readonly existence: string
}

it('holds a million written and settled keys in at most 120 bytes each, their own strings not counted', () => {
  const child = fileURLToPath(new URL('./memory-heap-child.ts', import.meta.url))
  const printed = execFileSync(process.execPath, ['--expose-gc', '--import', 'tsx', child], {
    encoding: 'utf8',
  })
  const { key, filled, churned, existence } = JSON.parse(printed) as Measured
  console.log(
    `memoryLedger: ${filled.toFixed(1)} bytes a key when full, ${churned.toFixed(1)} after evictions, ` +
      `and ${key.toFixed(1)} for the key itself`,
  )
  // the last key is still known, so it is the ledger that was weighed and not an empty one
  expect(existence).toBe('present')
  expect(filled).toBeGreaterThan(20)
  expect(filled).toBeLessThanOrEqual(120)
  expect(churned).toBeLessThanOrEqual(120)
}, 120_000)

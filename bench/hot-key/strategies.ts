import { createClient, type RetryOptions } from 'express-if-match/client'
import type { Counter } from './apps.js'
import type { Strategy } from './burst.js'

/** The loop that everybody writes: GET, PUT with If-Match, after a 409 `wait`, and again. */
const plain =
  (wait: (failures: number) => number): (() => Strategy) =>
  () =>
  async (url) => {
    for (let tries = 1; ; tries++) {
      const read = await fetch(url)
      const { n } = (await read.json()) as Counter
      const written = await fetch(url, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', 'if-match': read.headers.get('etag') ?? '' },
        body: JSON.stringify({ n: n + 1 }),
      })
      await written.text()
      if (written.ok) return tries
      if (written.status !== 409) throw new Error(`PUT was answered ${written.status}`)
      const ms = wait(tries)
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
    }
  }

const fullJitter = (first: number, longest: number) => (failures: number) =>
  Math.random() * Math.min(longest, first * 2 ** (failures - 1))

export const plainLoops = {
  'immediate retry': plain(() => 0),
  'fixed delay, 5 ms': plain(() => 5),
  'full jitter, 5 ms, doubled up to 100 ms': plain(fullJitter(5, 100)),
  'full jitter, 10 ms, doubled up to 1 s': plain(fullJitter(10, 1000)),
} satisfies Readonly<Record<string, () => Strategy>>

/** `update()`; it sends its requests by the same `fetch`. */
export const updating =
  (options: RetryOptions = {}): (() => Strategy) =>
  () => {
    const client = createClient(options)
    return async (url) => {
      let tries = 0
      await client.update<Counter>(url, ({ n, ...rest }) => {
        tries += 1
        return { ...rest, n: n + 1 }
      })
      return tries
    }
  }

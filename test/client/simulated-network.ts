import fc from 'fast-check'
import type { Arrived, SimulatedApi } from './simulated-api.js'

/** What the network does with one request, in ms. */
export interface Fate {
  /** when it arrives: not at all, once, or twice */
  readonly arrivals: readonly number[]
  /** which of its answers comes back, and how long that takes; undefined loses them */
  readonly answer: { readonly of: number; readonly takes: number } | undefined
}

const delay = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 5 }) },
  fc.integer({ min: 1, max: 400 }),
)

export const fate: fc.Arbitrary<Fate> = fc.record({
  arrivals: fc.oneof(
    { weight: 6, arbitrary: delay.map((at) => [at]) },
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.tuple(delay, delay) },
  ),
  answer: fc.option(fc.record({ of: fc.nat({ max: 1 }), takes: delay }), { freq: 3, nil: undefined }),
})

/** After all the fates have been met, the network is a good one. */
const GOOD: Fate = { arrivals: [1], answer: { of: 0, takes: 1 } }

/** When a sender learns that no answer comes. */
const GIVEN_UP = 500

/**
 * A `fetch` over a network that loses, delays, doubles and reorders. All of its time is that of the timers. Who cannot
 * recognise a write of its own is spared the refusal of its own double: nothing would tell it from a true conflict.
 */
export function networkTo(
  api: SimulatedApi,
  fates: Iterator<Fate>,
  recognises: boolean,
  sees: (request: Arrived) => void,
): typeof fetch {
  return (url, init) => {
    const request: Arrived = {
      method: init?.method ?? 'GET',
      url: url as string,
      headers: new Headers(init?.headers),
      body: init?.body as string | undefined,
    }
    sees(request)
    const { value, done } = fates.next()
    const { arrivals, answer } = done === true ? GOOD : value
    return new Promise((resolve, reject) => {
      // nobody doubles a POST but its sender
      const all = request.method === 'POST' ? arrivals.slice(0, 1) : arrivals
      const first = all.indexOf(Math.min(...all))
      const answered = recognises ? Math.min(answer?.of ?? 0, all.length - 1) : first
      all.forEach((at, index) => {
        setTimeout(() => {
          const response = api.handle(request)
          if (answer !== undefined && index === answered) setTimeout(() => resolve(response), answer.takes)
        }, at)
      })
      if (answer === undefined || all.length === 0)
        setTimeout(() => reject(new TypeError('the network failed')), GIVEN_UP)
    })
  }
}

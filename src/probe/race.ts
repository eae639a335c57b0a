import { setTimeout as later } from 'node:timers/promises'
import type { Loss, RaceResult } from './result.js'
import { nameOf } from './state.js'
import type { Target } from './target.js'
import { succeeded } from './wire.js'

/** ms from the heads of the writes of a round to the ends of their bodies, in every other round */
const HELD = 300

export interface Raced {
  readonly race: RaceResult
  readonly losses: readonly Loss[]
}

/**
 * Many writers at once, each round from one state that all of them name: of each round one may succeed. In every other
 * round the last octet of each body is held back: who compares when the head has arrived compares all of them before
 * the first is written, where a burst may be served one by one.
 */
export async function raceAt(target: Target, onRound: (done: number) => void): Promise<Raced> {
  const { writers, rounds } = target.settings
  const won: number[] = []
  const answers: Record<string, number> = {}
  const losses: Loss[] = []
  for (let round = 0; round < rounds; round++) {
    onRound(round)
    const base = await target.read()
    const held = round % 2 === 1 ? later(HELD) : undefined
    const writes = Array.from({ length: writers }, () => target.write(base))
    // a write without an answer may have been made, or not: it proves nothing
    const statuses = await Promise.all(
      writes.map((sent) =>
        target.send(sent, held).then(
          (answer) => ({ status: answer.status, won: succeeded(answer) }),
          () => ({ status: 0, won: false }),
        ),
      ),
    )
    target.settings.signal?.throwIfAborted()
    for (const { status } of statuses) answers[status] = (answers[status] ?? 0) + 1
    const successes = statuses.filter((one) => one.won).length
    won.push(successes)
    const first = writes[0]
    if (successes > 1 && losses.length === 0 && first !== undefined)
      losses.push({
        kind: 'raced',
        detail: `of ${writers} writes at once that all name ${JSON.stringify(nameOf(target.validator, base))}, ${successes} are told that they succeeded, and only the last of them is still there`,
        curl: `${target.curl(first)}   # ${writers} of these at once, each with a text of its own`,
      })
  }
  return { race: { writers, succeeded: won, answers }, losses }
}

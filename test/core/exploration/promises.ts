import type { Rules } from './rules.js'
import { alive, type Scenario, type World } from './world.js'

/**
 * The promises that hold in every state: a tag that is current while nobody writes names the data that it was
 * given out with, read (P2) or written (P5), and no tag is ahead of its version.
 */
export function brokenIn(scenario: Scenario, world: World): string | undefined {
  const { record, data } = world
  for (const { known } of world.clients) {
    if (known === null || known.count < record.count) continue
    const promise = known.own ? 'P5' : 'P2'
    if (known.count > record.count) return promise
    if (record.claim === null && data !== known.data) return promise + howLong(scenario, world)
  }
  return undefined
}

/** An overtaken writer moves the version on as soon as it settles; unless it has ended without. */
export function howLong(scenario: Scenario, world: World): string {
  if (!scenario.livingExpire) return ''
  if (world.buried) return ', for good'
  return world.clients.some((client) => client.lost) ? ', for a moment' : ''
}

/** Nobody holds a key for ever: it is held by one who lives, or a newcomer can claim it, after a lease if need be. */
export function admits(world: World, rules: Rules): boolean {
  const { record } = world
  if (record.claim !== null && alive(world, record.claim.token.charCodeAt(0))) return true
  const free = record.claim === null ? record : rules.expire(record)
  return rules.claim(free, '', 1) !== undefined
}

/** All clients have done everything they wanted. */
export function finished(scenario: Scenario, world: World): boolean {
  return world.clients.every((client, at) => client.op === scenario.programs[at]!.length)
}

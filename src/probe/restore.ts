import { setTimeout as later } from 'node:timers/promises'
import type { Bodies } from './bodies.js'
import type { Settings } from './options.js'
import type { Validator } from './result.js'
import { naming, readState } from './state.js'
import { succeeded, type Wire } from './wire.js'

/** How often it is tried, since what is still on its way may come in between. */
const TRIES = 8
/** ms between two tries, unless the answer says otherwise */
const PAUSE = 250
const LONGEST_PAUSE = 5000

export interface Restored {
  readonly restored: 'yes' | 'no' | 'not needed'
  /** what is not as it was, in words */
  readonly left: string | undefined
}

/** Puts back what was there before the first write. It goes on where the probe itself was ended. */
export async function restore(
  probed: Settings,
  wire: Wire,
  validator: Validator,
  bodies: Bodies,
): Promise<Restored> {
  if (bodies.made === 0) return { restored: 'not needed', left: undefined }
  const settings: Settings = { ...probed, signal: undefined }
  let last = ''
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      const now = await readState(settings, wire)
      if (bodies.changed(now).length === 0) return { restored: 'yes', left: undefined }
      if (bodies.foreign(now))
        return {
          restored: 'no',
          left: 'somebody else has written there meanwhile, and that is left as it is',
        }
      const sent = { method: settings.method, headers: naming(validator, now), body: bodies.original(now) }
      const answer = await wire.send(sent)
      last = `the last try was answered with ${answer.status}`
      if (succeeded(answer)) {
        const left = bodies.changed(await readState(settings, wire))
        if (left.length === 0) return { restored: 'yes', left: undefined }
        last = `these members are not as they were: ${left.join(', ')}`
      } else await later(Math.min(Number(answer.retryAfter) * 1000 || PAUSE, LONGEST_PAUSE))
    } catch (error) {
      last = error instanceof Error ? error.message : String(error)
      await later(PAUSE)
    }
  }
  return { restored: 'no', left: last }
}

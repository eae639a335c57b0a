import { setMaxListeners } from 'node:events'
import { bodiesOf, type Bodies } from './bodies.js'
import { firstWrites } from './first-writes.js'
import { Inconclusive } from './inconclusive.js'
import { readOptions, type ProbeOptions, type Settings } from './options.js'
import { raceAt } from './race.js'
import { restore } from './restore.js'
import type { Loss, ProbeResult, RaceResult, RuleResult, Validator } from './result.js'
import { RULES } from './rules.js'
import { readState, validatorOf } from './state.js'
import { targetOf, type Target } from './target.js'
import { tryRules } from './try-rules.js'
import { wireTo, type Wire } from './wire.js'

/** What is known so far: a probe that ends early tells it. */
interface Seen {
  validator: Validator | undefined
  bodies: Bodies | undefined
  readonly losses: Loss[]
  race: RaceResult | undefined
  rules: readonly RuleResult[]
  readonly notes: string[]
}

/**
 * Finds out whether an API loses updates, whatever it is written in: reads the resource at `url`, writes to it with
 * the version that it shows, current and superseded, one by one and many at once, and puts back what was there. It
 * sends to this address alone, follows no redirect, and sends `writers` × `rounds` and some 150 requests at most.
 *
 * What cannot be told is a result too, `unknown`, and `why` says what is missing. Throws ERR_OPTION_INVALID and
 * ERR_OPTION_UNKNOWN.
 */
export async function probe(url: string | URL, options: ProbeOptions = {}): Promise<ProbeResult> {
  const settings = withOwnSignal(readOptions(url, options))
  const wire = wireTo(settings)
  const seen: Seen = {
    validator: undefined,
    bodies: undefined,
    losses: [],
    race: undefined,
    rules: [],
    notes: [],
  }
  let failed: string | undefined
  try {
    await look(settings, wire, seen)
  } catch (error) {
    failed = whyEnded(settings, error)
  }
  try {
    const { validator, bodies } = seen
    settings.onProgress({ step: 'restore', done: 0, of: 1 })
    const { restored, left } =
      validator === undefined || bodies === undefined
        ? ({ restored: 'not needed', left: undefined } as const)
        : await restore(settings, wire, validator, bodies)
    if (left !== undefined) seen.notes.push(`What was there before could not be put back: ${left}.`)
    return { ...summary(settings, seen, failed), restored, requests: wire.requests }
  } finally {
    wire.close()
  }
}

/** Every request listens to it, and that many listeners are no leak. */
function withOwnSignal(settings: Settings): Settings {
  const { signal: given } = settings
  if (given === undefined) return settings
  const signal = AbortSignal.any([given])
  setMaxListeners(0, signal)
  return { ...settings, signal }
}

async function look(settings: Settings, wire: Wire, seen: Seen): Promise<void> {
  const { onProgress, writers, rounds, method } = settings
  onProgress({ step: 'read', done: 0, of: 1 })
  const before = await readState(settings, wire)
  const validator = validatorOf(settings, before)
  seen.validator = validator
  const bodies = bodiesOf(settings, validator, before)
  const { field } = bodies
  const writes = writers * rounds + RULES.length + 5
  if (!(await settings.confirm({ url: settings.url.href, method, validator, field, writes })))
    throw new Inconclusive('nothing was written, since nobody agreed to it')
  seen.bodies = bodies
  const target = targetOf(settings, wire, validator, bodies)
  onProgress({ step: 'write', done: 0, of: 2 })
  seen.losses.push(...(await firstWrites(target, before)))
  const { race, losses } = await raceAt(target, (done) => onProgress({ step: 'race', done, of: rounds }))
  seen.race = race
  // that of several at once all succeed is no news where nobody looks at what they name
  if (seen.losses.length === 0) seen.losses.push(...losses)
  await rulesOf(target, seen)
}

async function rulesOf(target: Target, seen: Seen): Promise<void> {
  const { settings, validator } = target
  if (seen.losses.some(({ kind }) => kind !== 'raced'))
    seen.notes.push('The rules of RFC 9110 were not tried: preconditions are not looked at here.')
  else if (validator.kind === 'body')
    seen.notes.push(
      'The rules of RFC 9110 were not tried: they are about entity tags, and the version is in the body.',
    )
  else seen.rules = await tryRules(target, (done, of) => settings.onProgress({ step: 'rules', done, of }))
}

function summary(
  { url }: Settings,
  { validator, losses, race, rules, notes }: Seen,
  failed: string | undefined,
): Omit<ProbeResult, 'restored' | 'requests'> {
  const [loss] = losses
  const common = { url: url.href, validator, losses, race, rules, notes }
  if (loss !== undefined) {
    if (failed !== undefined) notes.push(`It ended early: ${failed}.`)
    return { ...common, verdict: 'loses-updates', why: loss.detail }
  }
  if (failed !== undefined) return { ...common, verdict: 'unknown', why: failed }
  if (race === undefined || !isTold(race))
    return {
      ...common,
      verdict: 'unknown',
      why: 'the writes at once were not answered with one success and refusals (4xx), so nothing can be told of them; see their answers',
    }
  const rounds = race.succeeded.length
  return {
    ...common,
    verdict: 'safe',
    why: `a superseded state is refused, and of ${race.writers} writes at once one succeeds at most, in ${rounds} rounds out of ${rounds}`,
  }
}

/** A race says something only where somebody won, and the others were refused. */
function isTold({ succeeded, answers }: RaceResult): boolean {
  const refused = Object.keys(answers).some((status) => status.startsWith('4'))
  return refused && succeeded.some((count) => count > 0)
}

function whyEnded({ signal }: Settings, error: unknown): string {
  if (signal?.aborted === true) return 'it was ended before it was done'
  return error instanceof Error ? error.message : String(error)
}

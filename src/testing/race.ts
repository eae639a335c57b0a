import { Agent } from 'node:http'
import { IfMatchError, optionError, show } from '../core/errors.js'
import { exchange, hold } from './race/exchange.js'
import type { Answer, Message } from './race/exchange.js'
import { checkOptions } from './race/options.js'
import type { CheckedOptions, RaceOptions } from './race/options.js'
import { startServer } from './race/server.js'
import type { RaceTarget } from './race/server.js'

/** What came of a race. */
export interface RaceResult {
  readonly rounds: number
  /** in all rounds */
  readonly writes: number
  /** of each round, how many writes were answered 2xx; one is right, for they all named one version */
  readonly succeeded: readonly number[]
  /** writes that succeeded over one that their client had never read: of each round, all but one */
  readonly lostUpdates: number
  /** rounds in which a write succeeded and yet the version is the one from before: it would match once more */
  readonly unmoved: number
  /** how often each status was answered; the code of the error, `ECONNRESET`, where none was */
  readonly statuses: Readonly<Record<string, number>>
}

/** What a read told: what it is to be written on. */
interface Seen {
  readonly validator: string
  readonly current: unknown
}

/**
 * Many writers that all read one version and write at one moment, round after round. Starts the app on a free port
 * of this machine, and closes what it opened. Rejects where there is nothing to race: no version to be read, or
 * not one write that succeeded.
 */
export async function race<Current = unknown>(
  app: RaceTarget,
  options: RaceOptions<Current>,
): Promise<RaceResult> {
  // what a read gives is the caller's to know
  const checked = checkOptions(options as RaceOptions)
  const { keepAlive, rounds, writers } = checked
  const server = await startServer(app)
  const { origin } = server
  const agent = new Agent({ keepAlive, maxSockets: Number.POSITIVE_INFINITY })
  try {
    const answers: Answer[][] = []
    let unmoved = 0
    let seen = await read(checked, origin, agent)
    for (let round = 0; round < rounds; round++) {
      const written = await writeAtOnce(checked, origin, agent, seen)
      answers.push(written)
      if (!written.some(succeeded)) continue
      // deleted: there is nothing more to be read, and no further round
      if (checked.method === 'DELETE') break
      const next = await read(checked, origin, agent)
      if (next.validator === seen.validator) unmoved += 1
      seen = next
    }
    return summary(checked, answers, unmoved, writers)
  } finally {
    agent.destroy()
    await server.stop()
  }
}

function succeeded({ status = 0 }: Answer): boolean {
  return status >= 200 && status <= 299
}

async function read(options: CheckedOptions, origin: URL, agent: Agent): Promise<Seen> {
  const { url, headers, bodyVersion, timeout } = options
  const message: Message = { method: 'GET', url: new URL(url, origin), headers, body: undefined }
  const answer = await exchange(message, agent, timeout)
  const current = parsed(answer)
  const status = answer.status ?? answer.failure ?? 'nothing'
  if (!succeeded(answer))
    throw optionError('url', url, `GET answered ${status}; there must be something to read.`)
  if (bodyVersion === undefined) {
    const { etag } = answer.headers
    if (etag === undefined)
      throw optionError('url', url, 'GET answered without an ETag: mount read(), or name bodyVersion.')
    return { validator: etag, current }
  }
  const version: unknown = (current as Readonly<Record<string, unknown>> | null | undefined)?.[bodyVersion]
  if (version === undefined)
    throw optionError('bodyVersion', bodyVersion, `GET ${url} answered without this member.`)
  return { validator: JSON.stringify(version), current }
}

function parsed({ headers, body }: Answer): unknown {
  return /[/+]json\b/.test(headers['content-type'] ?? '') && body !== '' ? JSON.parse(body) : body
}

async function writeAtOnce(
  options: CheckedOptions,
  origin: URL,
  agent: Agent,
  seen: Seen,
): Promise<Answer[]> {
  const held = Array.from({ length: options.writers }, (_, n) =>
    hold(messageOf(options, origin, seen, n), agent, options.timeout),
  )
  await Promise.all(held.map(({ ready }) => ready))
  for (const one of held) one.release()
  return Promise.all(held.map(({ answer }) => answer))
}

function messageOf(options: CheckedOptions, origin: URL, { validator, current }: Seen, n: number): Message {
  const { method, url, headers, body, bodyVersion } = options
  const named = bodyVersion === undefined ? { 'if-match': validator } : {}
  const target = new URL(url, origin)
  if (body === undefined) return { method, url: target, headers: { ...headers, ...named }, body: undefined }
  const given = body(n, current)
  const sent =
    bodyVersion === undefined
      ? given
      : { ...(given as object), [bodyVersion]: JSON.parse(validator) as unknown }
  const type = { 'content-type': 'application/json' }
  return { method, url: target, headers: { ...type, ...headers, ...named }, body: JSON.stringify(sent) }
}

function summary(
  options: CheckedOptions,
  answers: readonly Answer[][],
  unmoved: number,
  writers: number,
): RaceResult {
  const statuses: Record<string, number> = {}
  for (const { status, failure } of answers.flat()) {
    const name = String(status ?? failure)
    statuses[name] = (statuses[name] ?? 0) + 1
  }
  const counts = answers.map((round) => round.filter(succeeded).length)
  if (counts.every((count) => count === 0)) {
    throw new IfMatchError(
      'ERR_OPTION_INVALID',
      `race: of ${answers.length * writers} × ${options.method} ${show(options.url)} none succeeded (${JSON.stringify(statuses)}), ` +
        'so nothing was raced. Look at body, headers and method: one of them alone must succeed. (ERR_OPTION_INVALID, see docs/errors.md)',
    )
  }
  return {
    rounds: answers.length,
    writes: answers.length * writers,
    succeeded: counts,
    lostUpdates: counts.reduce((sum, count) => sum + Math.max(0, count - 1), 0),
    unmoved,
    statuses,
  }
}

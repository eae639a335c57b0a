import { send, type Answer } from './client.js'
import type { Operation, Outcome } from './linearizability/operation.js'
import { parsed, readOf, tagVersion, writeOf, type Judged } from './outcomes.js'
import { draw, OLD_TAGS, plan, type Draws, type Known } from './plan.js'
import { randomFrom } from './seed.js'
import { textOf, type Item } from './stores/store.js'

export interface LoadOptions {
  readonly seed: number
  /** where the servers are at this moment: asked before every request */
  readonly origins: () => readonly string[]
  /** 32 */
  readonly clients?: number
  /** 8 */
  readonly keys?: number
  /** requests that write, of all clients together; 2,000 */
  readonly writes?: number
  /** the clients go on until this is true, however many writes that takes: a test that is still breaking things */
  readonly enough?: () => boolean
  /** ms that a client waits for an answer; 30,000 */
  readonly patience?: number
}

export interface Load {
  readonly seed: number
  /** every request whose outcome says something */
  readonly history: readonly Operation[]
  /** how often each answer was given: `{ 'put 200': 700, 'put 409 version-conflict stale': 80 }` */
  readonly answers: Readonly<Record<string, number>>
  /** ms that the slowest request took */
  readonly slowest: number
  /** answers that no client should ever get, such as a 400 */
  readonly unexpected: readonly string[]
}

/** ms that a client waits after an answer that was none: without it, a store that is down would be asked in a loop */
const BREATH = 20

/**
 * Clients that read, write, patch, delete and create a few items through whichever server, and a history of all that
 * they were told. What a client tries in its n-th turn depends on the seed, and on what it knows by then.
 */
export async function load(options: LoadOptions): Promise<Load> {
  const { seed, clients = 32, keys = 8, writes = 2000, enough = () => true } = options
  const recorder = record(options)
  const quota = Math.ceil(writes / clients)
  await Promise.all(
    Array.from({ length: clients }, async (_, name) => {
      const random = randomFrom(seed + name * 7919)
      const takeTurn = rememberingClient(name, recorder)
      for (let turn = 0, written = 0; written < quota || !enough(); turn++) {
        if (await takeTurn(draw(random, keys), `${name}/${turn}`)) written++
      }
    }),
  )
  return { seed, ...recorder.load }
}

/** How often each kind of outcome came: `{ found: 1492, done: 584 }`. */
export function outcomes({ history }: Load): Partial<Record<Outcome['kind'], number>> {
  const counts: Partial<Record<Outcome['kind'], number>> = {}
  for (const { outcome } of history) counts[outcome.kind] = (counts[outcome.kind] ?? 0) + 1
  return counts
}

type Request = Omit<Operation, 'begin' | 'end' | 'outcome'>
type Ask = (
  request: Request,
  server: number,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: unknown,
  judge: (answer: Answer | undefined) => Judged,
) => Promise<{ readonly answer: Answer | undefined; readonly outcome: Outcome | undefined }>

interface Recorder {
  readonly ask: Ask
  readonly load: Omit<Load, 'seed'> & { readonly unexpected: string[] }
}

/** Sends requests, and keeps what came of them. */
function record({ origins, patience = 30_000 }: LoadOptions): Recorder {
  const history: Operation[] = []
  const answers: Record<string, number> = {}
  const load = { history, answers, slowest: 0, unexpected: [] as string[] }
  let ticks = 0
  const ask: Ask = async (request, server, method, headers, body, judge) => {
    const there = origins()
    const origin = there[server % there.length]
    const begin = ++ticks
    const start = performance.now()
    let answer: Answer | undefined
    let sent = origin !== undefined
    try {
      if (origin !== undefined)
        answer = await send(method, `${origin}/${request.key}`, headers, body, patience)
    } catch (error) {
      // nobody listens there any more: nothing has been asked
      sent = (error as { code?: unknown }).code !== 'ECONNREFUSED'
    }
    if (answer === undefined || answer.status >= 500)
      await new Promise((resolve) => setTimeout(resolve, BREATH))
    if (!sent) return { answer: undefined, outcome: undefined }
    load.slowest = Math.max(load.slowest, performance.now() - start)
    const { name, outcome, unexpected } = judge(answer)
    const counted = `${request.action} ${name}`
    answers[counted] = (answers[counted] ?? 0) + 1
    if (unexpected) load.unexpected.push(`${method} ${request.key}: ${name} ${answer?.body ?? ''}`)
    if (outcome !== undefined)
      history.push({ ...request, begin, end: outcome.kind === 'unknown' ? Infinity : ++ticks, outcome })
    return { answer, outcome }
  }
  return { ask, load }
}

/** A client, with what it remembers of its answers; the turn it takes is true where that was a write. */
function rememberingClient(client: number, { ask, load }: Recorder) {
  const known = new Map<string, Known | 'absent'>()
  const old = new Map<string, readonly Known[]>()

  const learn = (key: string, now: Known | 'absent' | undefined): void => {
    const before = known.get(key)
    if (typeof before === 'object') old.set(key, [before, ...(old.get(key) ?? [])].slice(0, OLD_TAGS))
    if (now === undefined) known.delete(key)
    else known.set(key, now)
  }

  const read = async ({ key, readAt }: Draws): Promise<void> => {
    const { answer, outcome } = await ask(
      { key, client, action: 'read' },
      readAt,
      'GET',
      {},
      undefined,
      readOf,
    )
    if (outcome?.kind === 'absent') learn(key, 'absent')
    else learn(key, answer === undefined ? undefined : knownFrom(answer, parsed<Item>(answer.body)))
  }

  return async (draws: Draws, value: string): Promise<boolean> => {
    const { key } = draws
    if (draws.reads !== 'if needed' || !known.has(key)) await read(draws)
    const seen = known.get(key)
    if (draws.reads === 'only' || seen === undefined) return false

    const planned = plan(draws, value, seen, old.get(key) ?? [])
    const { method, headers, body, action, demand, after } = planned
    const request: Request = {
      key,
      client,
      action,
      ...(demand === undefined ? {} : { demand }),
      ...(planned.seen === undefined ? {} : { base: textOf(planned.seen) }),
      ...(after === undefined ? {} : { writes: textOf(after) }),
    }
    const judge = (answer: Answer | undefined) => writeOf(answer, action)
    const { answer, outcome } = await ask(request, draws.writeAt, method, headers, body, judge)
    if (outcome?.kind === 'done' && answer !== undefined) {
      const answered = after === undefined ? undefined : parsed<Item>(answer.body)
      if (after !== undefined && (answered === undefined || textOf(answered) !== textOf(after)))
        load.unexpected.push(`${method} ${key}: ${answer.body} where ${textOf(after)} was written`)
      learn(key, after === undefined ? 'absent' : knownFrom(answer, after))
    } else if (outcome?.kind === 'refused' && outcome.because === 'gone') learn(key, 'absent')
    // a client that was refused may try once more with what it knew
    else if (outcome?.kind !== 'refused' || outcome.because === 'exists') learn(key, undefined)
    return outcome !== undefined
  }
}

function knownFrom(answer: Answer, item: Item | undefined): Known | undefined {
  const version = tagVersion(answer)
  if (version === undefined || item === undefined) return undefined
  return { tag: answer.headers.etag!, version, item }
}

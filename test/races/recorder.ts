import { send, type Answer } from './client.js'
import type { Operation, Outcome } from './linearizability/operation.js'
import type { Load, LoadOptions } from './load.js'
import type { Judged } from './outcomes.js'

/** ms that a client waits after an answer that was none: without it, a store that is down would be asked in a loop */
const BREATH = 20

/** What the history has to know of a request before it is answered. */
export type Request = Omit<Operation, 'begin' | 'end' | 'outcome'>

export type Ask = (
  request: Request,
  server: number,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: unknown,
  judge: (answer: Answer | undefined) => Judged,
) => Promise<{ readonly answer: Answer | undefined; readonly outcome: Outcome | undefined }>

export interface Recorder {
  readonly ask: Ask
  readonly load: Omit<Load, 'seed'> & { readonly unexpected: string[]; readonly uncertain: string[] }
}

/** A clock that no two moments share. */
export function ticker(): () => number {
  let ticks = 0
  return () => ++ticks
}

/** Sends requests, and keeps what came of them. */
export function record({ origins, patience = 30_000, tick = ticker() }: LoadOptions): Recorder {
  const history: Operation[] = []
  const answers: Record<string, number> = {}
  const load = { history, answers, slowest: 0, unexpected: [] as string[], uncertain: [] as string[] }
  const ask: Ask = async (request, server, method, headers, body, judge) => {
    const there = origins()
    const origin = there[server % there.length]
    const begin = tick()
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
    const told = `${method} ${request.key}: ${name} ${answer?.body ?? ''}`
    if (unexpected) load.unexpected.push(told)
    if (outcome?.kind === 'unknown') load.uncertain.push(told)
    if (outcome !== undefined)
      history.push({ ...request, begin, end: outcome.kind === 'unknown' ? Infinity : tick(), outcome })
    return { answer, outcome }
  }
  return { ask, load }
}

import type { Answer } from './client.js'
import { parsed, readOf, tagVersion, writeOf } from './outcomes.js'
import { OLD_TAGS, plan, type Draws, type Known } from './plan.js'
import type { Recorder, Request } from './recorder.js'
import { textOf, type Item } from './stores/store.js'

/** A client, with what it remembers of its answers; the turn it takes is true where that was a write. */
export function rememberingClient(client: number, { ask, load }: Recorder) {
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

import type { Operation, Outcome } from './operation.js'

/** One step of one client: it does whatever comes next for it. `choice`, below 1,000: what it asks for, or how it ends. */
export interface Turn {
  readonly client: number
  readonly choice: number
}

/** A state of the data, and the operation that made it. */
export interface Made {
  readonly text: string | null
  readonly by: Operation | undefined
}

export interface Simulated {
  readonly history: readonly Operation[]
  /** in order */
  readonly states: readonly Made[]
}

type Phase = 'sent' | 'claimed' | 'data' | 'answered'

interface Running {
  readonly name: string
  readonly request: Omit<Operation, 'end' | 'outcome'>
  phase: Phase
  /** the version that a read of a ledger has met */
  version: number
  outcome: Outcome
}

interface Known {
  readonly text: string
  readonly version: string
}

/**
 * A store that does everything right, and clients who use it at once: each turn is one step of one client, so every
 * order of steps can come. As in the real one, a write to a ledger claims, writes its data and then moves the version,
 * and a read takes the version first. `faults`: processes die at any step, and answers are lost.
 */
export function simulate(versions: 'row' | 'ledger', faults: boolean, turns: readonly Turn[]): Simulated {
  let text: string | null = null
  let version = 0
  let claim: string | undefined
  const dead = new Set<string>()
  const states: { text: string | null; by: string | undefined }[] = [{ text: null, by: undefined }]
  const history: Operation[] = []
  const named = new Map<string, Operation>()
  const running = new Map<number, Running>()
  const known = new Map<number, (Known | null)[]>()

  const end = (client: number, tick: number, outcome: Outcome): void => {
    const { request, name } = running.get(client)!
    running.delete(client)
    if (request.action === 'read' && outcome.kind === 'unknown') return
    const operation = { ...request, end: outcome.kind === 'unknown' ? Infinity : tick, outcome }
    history.push(operation)
    named.set(name, operation)
    const seen = known.get(client) ?? []
    if (outcome.kind === 'absent' || (outcome.kind === 'done' && request.writes === undefined))
      seen.unshift(null)
    else if (outcome.kind === 'found') seen.unshift({ text: outcome.text, version: outcome.version! })
    else if (outcome.kind === 'done') seen.unshift({ text: request.writes!, version: outcome.version! })
    known.set(client, seen.slice(0, 3))
  }

  const begin = (client: number, tick: number, choice: number): Running => {
    const seen = known.get(client) ?? []
    const name = `w${tick}`
    const common = { key: 'items/1', client, begin: tick }
    const start = (rest: Pick<Operation, 'action'> & Partial<Operation>): Running => ({
      name,
      request: { ...common, ...rest },
      phase: 'sent',
      version: 0,
      outcome: { kind: 'unknown' },
    })
    const now = seen[choice % 10 < 8 ? 0 : choice % seen.length]
    if (choice < 300 || now === undefined) return start({ action: 'read' })
    if (now === null || choice < 350) return start({ action: 'create', writes: name })
    const demand = { demand: [now.version], base: now.text }
    if (choice < 450) return start({ action: 'delete', ...demand })
    return start({ action: choice < 700 ? 'patch' : 'put', writes: name, ...demand })
  }

  /** why the write cannot be made in this state; undefined where it can */
  const refusal = ({ action, demand }: Running['request']): Outcome | undefined => {
    if (action === 'create') return text === null ? undefined : { kind: 'refused', because: 'exists' }
    if (text === null) return { kind: 'refused', because: 'gone' }
    return demand![0] === String(version) ? undefined : { kind: 'refused', because: 'changed' }
  }

  const writeData = ({ request, name }: Running): void => {
    text = request.writes ?? null
    states.push({ text, by: name })
  }

  const answer = (one: Running, outcome: Outcome): void => {
    one.outcome = outcome
    one.phase = 'answered'
  }

  const succeed = (one: Running): void => {
    version += 1
    answer(one, { kind: 'done', version: one.request.writes === undefined ? undefined : String(version) })
  }

  const advance = (one: Running): void => {
    const { action } = one.request
    if (action === 'read') {
      if (versions === 'row' || one.phase === 'sent') one.version = version
      if (versions === 'ledger' && one.phase === 'sent') one.phase = 'data'
      else
        answer(
          one,
          text === null ? { kind: 'absent' } : { kind: 'found', text, version: String(one.version) },
        )
    } else if (versions === 'row') {
      const refused = refusal(one.request)
      if (refused !== undefined) answer(one, refused)
      else {
        writeData(one)
        succeed(one)
      }
    } else if (one.phase === 'sent') {
      // a claim of somebody who died is over: the version moves on, whatever became of the data
      if (claim !== undefined && dead.delete(claim)) {
        claim = undefined
        version += 1
      }
      if (claim !== undefined) return
      const refused = refusal(one.request)
      if (refused !== undefined) answer(one, refused)
      else {
        claim = one.name
        one.phase = 'claimed'
      }
    } else if (one.phase === 'claimed') {
      writeData(one)
      one.phase = 'data'
    } else {
      claim = undefined
      succeed(one)
    }
  }

  turns.forEach(({ client, choice }, tick) => {
    const one = running.get(client)
    if (one === undefined) running.set(client, begin(client, tick, choice))
    else if (faults && choice >= 960) {
      if (claim === one.name) dead.add(one.name)
      end(client, tick, { kind: 'unknown' })
    } else if (one.phase === 'answered') end(client, tick, one.outcome)
    else advance(one)
  })
  for (const client of [...running.keys()]) end(client, turns.length, { kind: 'unknown' })
  return {
    history,
    states: states.map(({ text: made, by }) => ({
      text: made,
      by: by === undefined ? undefined : named.get(by),
    })),
  }
}

import type { Operation } from './operation.js'
import type { Simulated } from './simulate.js'

/** Makes a good history bad in one place, chosen by `pick`; undefined where there is no such place. */
export type Spoil = (
  simulated: Simulated,
  pick: (length: number) => number,
) => readonly Operation[] | undefined

const isRead = ({ outcome }: Operation) => outcome.kind === 'found' || outcome.kind === 'absent'
const isDone = ({ outcome }: Operation) => outcome.kind === 'done'
const toldVersion = ({ outcome }: Operation) => (outcome.kind === 'done' ? outcome.version : undefined)

/** The history with one of `candidates` put into another one's place. */
function replaceOne(
  history: readonly Operation[],
  candidates: readonly (readonly [Operation, Operation])[],
  pick: (length: number) => number,
): readonly Operation[] | undefined {
  const chosen = candidates[pick(candidates.length)]
  if (chosen === undefined) return undefined
  return history.map((operation) => (operation === chosen[0] ? chosen[1] : operation))
}

function found(text: string, version: string | undefined): Operation['outcome'] {
  return { kind: 'found', text, version }
}

/** Each is bad by construction: whatever order is tried, something in it contradicts the rest. */
export const SPOILS: Readonly<Record<string, Spoil>> = {
  'a read of what was written over, after that write was answered': ({ history, states }, pick) => {
    const candidates = history.filter(isRead).flatMap((read) =>
      states.flatMap(({ text, by }, index) => {
        const after = states[index + 1]?.by
        if (text === null || after === undefined || !isDone(after) || after.end >= read.begin) return []
        return [[read, { ...read, outcome: found(text, by && toldVersion(by)) }] as const]
      }),
    )
    return replaceOne(history, candidates, pick)
  },
  'a read of what was only written later': ({ history }, pick) => {
    const candidates = history
      .filter(isRead)
      .flatMap((read) =>
        history.flatMap((write) =>
          write.writes !== undefined && write.begin > read.end
            ? [[read, { ...read, outcome: found(write.writes, toldVersion(write)) }] as const]
            : [],
        ),
      )
    return replaceOne(history, candidates, pick)
  },
  'a read of what nobody wrote': ({ history }, pick) => {
    const candidates = history
      .filter(isRead)
      .map((read) => [read, { ...read, outcome: found('invented', '1') }] as const)
    return replaceOne(history, candidates, pick)
  },
  'nothing there, where it was and no deletion had begun': ({ history }, pick) => {
    const candidates = history.filter(isRead).flatMap((read) => {
      const created = history.some((one) => one.action === 'create' && isDone(one) && one.end < read.begin)
      const deleted = history.some(({ action, begin, outcome }) => {
        return action === 'delete' && begin < read.end && outcome.kind !== 'refused'
      })
      return created && !deleted ? [[read, { ...read, outcome: { kind: 'absent' } }] as const] : []
    })
    return replaceOne(history, candidates, pick)
  },
  'a second success from one version': ({ history }, pick) => {
    const candidates = history.flatMap((loser) => {
      const { action, outcome, demand } = loser
      if (action === 'delete' || outcome.kind !== 'refused' || outcome.because !== 'changed') return []
      const won = history.some((one) => isDone(one) && one.demand?.[0] === demand?.[0])
      return won ? [[loser, { ...loser, outcome: { kind: 'done', version: '999999' } }] as const] : []
    })
    return replaceOne(history, candidates, pick)
  },
  'a refusal of what was read all the same': ({ history }, pick) => {
    const candidates = history.flatMap((write) => {
      const seen = history.some(({ outcome }) => outcome.kind === 'found' && outcome.text === write.writes)
      if (!seen || !isDone(write)) return []
      return [[write, { ...write, outcome: { kind: 'refused', because: 'other' } }] as const]
    })
    return replaceOne(history, candidates, pick)
  },
  'a version given twice': ({ history }, pick) => {
    const writes = history.filter((one) => toldVersion(one) !== undefined)
    const candidates = writes.flatMap((one) =>
      writes.flatMap((other) => (one === other ? [] : [[one, { ...one, outcome: other.outcome }] as const])),
    )
    return replaceOne(history, candidates, pick)
  },
  'a write that was sent after the answer to one that was built on it': ({ history }, pick) => {
    const last = history.length * 10 + 10_000
    const candidates = history.flatMap((write) => {
      const built = history.some((one) => isDone(one) && one.base !== undefined && one.base === write.writes)
      return built ? [[write, { ...write, begin: last, end: last + 1 }] as const] : []
    })
    return replaceOne(history, candidates, pick)
  },
}

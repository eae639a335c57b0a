import type { Model } from './model.js'
import { show, type Operation } from './operation.js'

/*
 * What can be said of the versions of one key without looking for an order: the first thing that is wrong with them,
 * in words.
 */

/**
 * P2: a version is never that of two states. A write's answer names its own state; a read's names what it shows, where
 * both are one row.
 */
export function givenTwice({ versions }: Model, operations: readonly Operation[]): string | undefined {
  const named = new Map<string, Operation>()
  for (const operation of operations) {
    const told = stateTold(operation, versions === 'row')
    if (told === undefined) continue
    const other = named.get(told.version)
    if (other === undefined) named.set(told.version, operation)
    else if (stateTold(other, true)?.text !== told.text)
      return `version ${told.version} names two states:\n  ${show(other)}\n  ${show(operation)}`
  }
  return undefined
}

function stateTold(
  { outcome, writes }: Operation,
  reads: boolean,
): { version: string; text: string } | undefined {
  if (outcome.kind === 'done' && outcome.version !== undefined && writes !== undefined)
    return { version: outcome.version, text: writes }
  if (reads && outcome.kind === 'found' && outcome.version !== undefined)
    return { version: outcome.version, text: outcome.text }
  return undefined
}

/** Nobody may be told a version before the write that makes it has begun: it would have been that of another state. */
export function shownBefore(operations: readonly Operation[]): string | undefined {
  const made = new Map<string, Operation>()
  for (const operation of operations) {
    const { outcome } = operation
    if (outcome.kind === 'done' && outcome.version !== undefined) made.set(outcome.version, operation)
  }
  for (const operation of operations) {
    const told = versionTold(operation)
    const by = told && made.get(told.version)
    if (told !== undefined && by !== undefined && operation.end < by.begin)
      return `version ${told.version} was told before it was made:\n  ${show(operation)}\n  ${show(by)}`
  }
  return undefined
}

interface Told {
  readonly version: string
  readonly by: Operation
}

/** Nobody may be shown a version that is older than one that was told before the question. */
export function wentBack({ isOlder }: Model, operations: readonly Operation[]): string | undefined {
  const asked = [...operations].sort((a, b) => a.begin - b.begin)
  const answered = [...operations].sort((a, b) => a.end - b.end)
  // several, for those of two runs of a store cannot be compared
  let newest: readonly Told[] = []
  let next = 0
  for (const operation of asked) {
    for (; next < answered.length && answered[next]!.end < operation.begin; next++) {
      const told = versionTold(answered[next]!)
      if (told === undefined || newest.some(({ version }) => isOlder(told.version, version))) continue
      newest = [
        ...newest.filter(({ version }) => !isOlder(version, told.version) && version !== told.version),
        told,
      ]
    }
    const told = versionTold(operation)
    const newer = newest.find(({ version }) => told !== undefined && isOlder(told.version, version))
    if (told !== undefined && newer !== undefined)
      return `version ${told.version} came back after version ${newer.version}:\n  ${show(newer.by)}\n  ${show(operation)}`
  }
  return undefined
}

function versionTold(by: Operation): Told | undefined {
  const { outcome } = by
  const version = outcome.kind === 'found' || outcome.kind === 'done' ? outcome.version : undefined
  return version === undefined ? undefined : { version, by }
}

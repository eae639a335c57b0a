import { isWrite, type Operation } from './operation.js'

/**
 * What proves something over a store that shows a write before it is on disk, and takes it back when it crashes:
 * everything but what may have been seen of such a write. Of one whose outcome is unknown, that is, and by who asked
 * before a crash that came after it; unless a write that succeeded has built on it, so that it was kept. What succeeded
 * has no excuse, by whatever it was built on. `crashes`: when they were, by the clock of the operations.
 */
export function whatWasKept(
  operations: readonly Operation[],
  crashes: readonly number[],
): readonly Operation[] {
  const lost = operations.filter((operation) => isWrite(operation) && operation.outcome.kind === 'unknown')
  const builtOn = new Set(
    operations.flatMap(({ outcome, base }) => (outcome.kind === 'done' ? (base ?? []) : [])),
  )
  const mayHaveSeen = (reader: Operation, what: (write: Operation) => boolean): boolean =>
    lost.some(
      (write) =>
        what(write) &&
        write.begin < reader.end &&
        crashes.some((crash) => reader.begin < crash && write.begin < crash),
    )
  return operations.flatMap((operation) => {
    const { outcome } = operation
    switch (outcome.kind) {
      case 'refused':
        return mayHaveSeen(operation, () => true) ? [] : [operation]
      case 'absent':
        return mayHaveSeen(operation, ({ action }) => action === 'delete') ? [] : [operation]
      case 'found':
        if (!mayHaveSeen(operation, ({ writes }) => writes === outcome.text)) return [operation]
        // its data was kept; its version, if that is beside it, may have been lost all the same
        return builtOn.has(outcome.text)
          ? [{ ...operation, outcome: { ...outcome, version: undefined } }]
          : []
      default:
        return [operation]
    }
  })
}

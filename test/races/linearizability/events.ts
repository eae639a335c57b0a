import type { Operation } from './operation.js'

/** An operation's begin or end, in a list from which both are lifted while the operation has its place. */
export interface Event {
  readonly operation: Operation
  readonly index: number
  /** of a begin: its end; undefined for one whose outcome is unknown, which need not have happened at all */
  readonly end: Event | undefined
  readonly isEnd: boolean
  before: Event | undefined
  after: Event | undefined
}

/** The head of a list of all begins and ends, in their order. */
export function eventsOf(operations: readonly Operation[]): Event {
  const events: (Event & { readonly time: number })[] = []
  operations.forEach((operation, index) => {
    const common = { operation, index, before: undefined, after: undefined }
    const end =
      operation.outcome.kind === 'unknown'
        ? undefined
        : { ...common, end: undefined, isEnd: true, time: operation.end }
    events.push({ ...common, end, isEnd: false, time: operation.begin })
    if (end !== undefined) events.push(end)
  })
  // of two at the same moment the begin comes first: they overlap
  events.sort((a, b) => a.time - b.time || Number(a.isEnd) - Number(b.isEnd))
  const head: Event = {
    operation: operations[0]!,
    index: -1,
    end: undefined,
    isEnd: true,
    before: undefined,
    after: undefined,
  }
  let last = head
  for (const event of events) {
    event.before = last
    last.after = event
    last = event
  }
  return head
}

/** Takes an operation out of the list. */
export function lift(event: Event): void {
  for (const one of event.end === undefined ? [event] : [event, event.end]) {
    one.before!.after = one.after
    if (one.after !== undefined) one.after.before = one.before
  }
}

/** Puts it back; of several, the one that was taken out last comes first. */
export function unlift(event: Event): void {
  for (const one of event.end === undefined ? [event] : [event.end, event]) {
    one.before!.after = one
    if (one.after !== undefined) one.after.before = one
  }
}

import type { Operation, Outcome } from './operation.js'

/*
 * Histories by hand. A state is `a@1`, the text a under version 1; a span is when an operation began and ended, or
 * only when it began.
 */

export type Span = readonly [begin: number, end?: number]

let clients = 0

function operation(
  [begin, end = Infinity]: Span,
  rest: Pick<Operation, 'action' | 'outcome'> & Partial<Operation>,
) {
  return { key: 'items/1', client: ++clients, begin, end, ...rest } satisfies Operation
}

function parts(state: string): readonly [text: string, version: string] {
  const border = state.indexOf('@')
  return [state.slice(0, border), state.slice(border + 1)]
}

/** A read; null: nothing was there. */
export function read(span: Span, state: string | null): Operation {
  if (state === null) return operation(span, { action: 'read', outcome: { kind: 'absent' } })
  const [text, version] = parts(state)
  return operation(span, { action: 'read', outcome: { kind: 'found', text, version } })
}

/** What came of a write that did not succeed. */
type Failure = 'changed' | 'gone' | 'exists' | 'other' | 'unknown'

function failed(why: Failure): Outcome {
  return why === 'unknown' ? { kind: 'unknown' } : { kind: 'refused', because: why }
}

/** A write that was built on `from`; `to` is what it made, or only its text where it did not succeed. */
export function put(span: Span, from: string, to: string, failure?: Failure): Operation {
  return change('put', span, from, to, failure)
}

export function patch(span: Span, from: string, to: string, failure?: Failure): Operation {
  return change('patch', span, from, to, failure)
}

function change(action: 'put' | 'patch', span: Span, from: string, to: string, failure?: Failure): Operation {
  const [base, version] = parts(from)
  const common = { action, demand: [version], base }
  if (failure !== undefined) return operation(span, { ...common, writes: to, outcome: failed(failure) })
  const [writes, made] = parts(to)
  return operation(span, { ...common, writes, outcome: { kind: 'done', version: made } })
}

export function create(span: Span, to: string, failure?: Failure): Operation {
  if (failure !== undefined)
    return operation(span, { action: 'create', writes: to, outcome: failed(failure) })
  const [writes, version] = parts(to)
  return operation(span, { action: 'create', writes, outcome: { kind: 'done', version } })
}

export function remove(span: Span, from: string, failure?: Failure): Operation {
  const [base, version] = parts(from)
  const outcome: Outcome = failure === undefined ? { kind: 'done', version: undefined } : failed(failure)
  return operation(span, { action: 'delete', demand: [version], base, outcome })
}

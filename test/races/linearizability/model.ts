import type { Operation } from './operation.js'

/*
 * What one key is, and what each operation does to it. Two kinds of store:
 *
 * `row`: version and data are one row. A read shows both as they are at one moment.
 *
 * `ledger`: the version is kept beside the data. A write takes effect when its data is written, under its claim; its
 * version follows. A read looks at the version first and at the data second, so its tag may be older than its data,
 * never newer (P5). Versions can be compared: of two, `isOlder` tells which came first.
 */

export interface State {
  /** null: nothing is there */
  readonly text: string | null
  /** undefined: one that nobody was told yet */
  readonly version: string | undefined
  /** ledger: the last version that is known to have been superseded */
  readonly passed: string | undefined
}

export interface Model {
  readonly versions: 'row' | 'ledger'
  /** whether `a` is known to have come before `b`; not asked for rows */
  readonly isOlder: (a: string, b: string) => boolean
  /**
   * something was killed, cut or frozen: a claim that was never settled may end at any moment, and moves the version
   * on although the data stays (or was written long before). It may be the end of another claim than the one that
   * stands: whoever writes under that is told an unknown outcome, and has written over what its client has read
   */
  readonly faults: boolean
}

/** The state after the operation, or why it cannot have happened in this one. */
export type Step = State | { readonly refuted: string }

export function isState(step: Step): step is State {
  return !('refuted' in step)
}

export function keyOf({ text, version, passed }: State): string {
  return JSON.stringify([text, version, passed])
}

export const NOTHING: State = { text: null, version: undefined, passed: undefined }

export function step(model: Model, state: State, operation: Operation): Step {
  const { outcome } = operation
  switch (outcome.kind) {
    case 'found':
      return found(model, state, outcome)
    case 'absent':
      return state.text === null ? state : refuted(`${JSON.stringify(state.text)} is there`)
    case 'refused':
      return refused(state, operation, outcome.because)
    case 'done':
      return written(model, state, operation, outcome.version)
    case 'unknown':
      return written(model, state, operation, undefined)
  }
}

function found(
  model: Model,
  state: State,
  { text, version }: { text: string; version: string | undefined },
): Step {
  if (state.text !== text) return refuted(`what is there is ${JSON.stringify(state.text)}`)
  // an answer without a tag tells of the data alone
  if (version === undefined || version === state.version) return state
  if (model.versions === 'row')
    return state.version === undefined ? { ...state, version } : refuted(`its version is ${state.version}`)
  if (state.version === undefined || model.isOlder(version, state.version)) return state
  return refuted(`its version is ${state.version}, which is not newer`)
}

function refused(state: State, { demand = [] }: Operation, because: string): Step {
  if (because === 'other') return state
  if (because === 'exists') return state.text !== null ? state : refuted('nothing is there')
  if (because === 'gone')
    return state.text === null ? state : refuted(`${JSON.stringify(state.text)} is there`)
  const met = state.text !== null && state.version !== undefined && demand.includes(state.version)
  return met ? refuted(`its version is ${state.version}, as demanded`) : state
}

/** `told`: the version that the answer named. */
function written(model: Model, state: State, operation: Operation, told: string | undefined): Step {
  const { action, demand, base, writes } = operation
  const last = state.version ?? state.passed
  if (action === 'create' ? state.text !== null : state.text === null)
    return refuted(action === 'create' ? `${JSON.stringify(state.text)} is there` : 'nothing is there')
  const overtaken = model.faults && model.versions === 'ledger' && operation.outcome.kind === 'unknown'
  if (demand !== undefined && !overtaken && !demand.some((version) => isCurrent(model, state, version)))
    return refuted(`its version is ${state.version ?? `one after ${last ?? 'none'}`}`)
  if (base !== undefined && base !== state.text)
    return refuted(`it would be written over ${JSON.stringify(state.text)}`)
  if (model.versions === 'ledger' && told !== undefined && last !== undefined && !model.isOlder(last, told))
    return refuted(`its version is ${last} already`)
  const version = writes === undefined ? undefined : told
  return { text: writes ?? null, version, passed: model.versions === 'ledger' ? last : undefined }
}

function isCurrent(model: Model, state: State, version: string): boolean {
  if (state.version !== undefined) return version === state.version
  // a row's version is told by the very read that a client has it from; a ledger's may be told with older data
  if (model.versions === 'row') return false
  return state.passed === undefined || model.isOlder(state.passed, version)
}

/** The end of a claim that nobody settled: another version of the same data. */
export function moveOn(model: Model, state: State): State | undefined {
  if (!model.faults || model.versions === 'row' || state.version === undefined) return undefined
  return { text: state.text, version: undefined, passed: state.version }
}

function refuted(why: string): Step {
  return { refuted: why }
}

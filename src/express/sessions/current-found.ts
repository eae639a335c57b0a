import type { State } from '../../core/expectation.js'
import type { CurrentWay } from '../setup.js'
import { inMomentForm, rowModified, rowVersion } from './row-version.js'

/** What `current` found. */
export interface Found {
  readonly row: unknown
  /** the row's version member as it was then; undefined where it has none */
  readonly member: unknown
  readonly state: State
}

export function foundRow(way: CurrentWay, row: unknown): Found {
  if (row === undefined || row === null)
    return { row: undefined, member: undefined, state: { version: '', existence: 'deleted' } }
  const modified = rowModified(way, row)
  return {
    row,
    // an ORM's instance may have another one as soon as the handler has written
    member: typeof way.version === 'string' ? (Reflect.get(Object(row), way.version) as unknown) : undefined,
    state: {
      version: rowVersion(way, row),
      existence: 'present',
      ...(modified === undefined ? {} : { modified }),
    },
  }
}

/**
 * The version that the answered row has, where the handler answers with the row as it wrote it. One that still
 * shows the version from before, or that which the request had in its body, is an echo of the request, and says nothing
 * of the new state.
 */
export function answeredVersion(
  way: CurrentWay,
  body: unknown,
  before: Found,
  sent: string | undefined,
): string | undefined {
  const version = shownVersion(way, body, before)
  return version === before.state.version || version === sent ? undefined : version
}

/** The version that a body shows as a row would. */
export function shownVersion(way: CurrentWay, body: unknown, { state }: Found): string | undefined {
  if (
    typeof way.version !== 'string' ||
    typeof body !== 'object' ||
    body === null ||
    !Object.hasOwn(body, way.version)
  )
    return undefined
  try {
    const version = rowVersion(way, body)
    return state.modified === undefined ? version : inMomentForm(version)
  } catch {
    return undefined
  }
}

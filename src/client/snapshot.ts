/** One state of a resource, as a later write names it. */
export interface Base {
  /** the absolute URL */
  readonly url: string
  /** the entity tag, as the API wrote it; undefined where there is none, or none that the page may read */
  readonly etag?: string | undefined
  /** the version in the body, where there is no entity tag */
  readonly version?: string | number | undefined
}

/** A resource as it was read. */
export interface Snapshot<T> extends Base {
  readonly value: T
}

/** What a write left behind. */
export interface Written<T> extends Base {
  readonly status: number
  /** the representation in the answer; undefined where the API answered without one */
  readonly value: T | undefined
}

/** The state a base stands for: of a read's entity tag only the part before the dot, which a write's tag has too. */
export function stateOf({ etag, version }: Base): string | undefined {
  if (etag === undefined) return version === undefined ? undefined : `body ${version}`
  const opaque = etag.replace(/^W\//, '').slice(1, -1)
  const dot = opaque.indexOf('.')
  return dot === -1 ? opaque : opaque.slice(0, dot)
}

/** Whether both stand for one state. Bases that name none stand for nothing. */
export function isSame(one: Base | undefined, other: Base | undefined): boolean {
  const state = one && stateOf(one)
  return state !== undefined && other !== undefined && state === stateOf(other)
}

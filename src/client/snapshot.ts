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

/** The state a base stands for: of a read's entity tag only the part before what tells its content, which a write's tag has too. */
export function stateOf({ etag, version }: Base): string | undefined {
  if (etag === undefined) return version === undefined ? version : `body ${version}`
  return etag.replace(/^W\/|"|\.(~|[\da-f]+-.{27}).*/g, '')
}

/** Whether both stand for one state. Bases that name none stand for nothing. */
export function isSame(one: Base | undefined, other: Base | undefined): boolean {
  const state = one && stateOf(one)
  return state !== undefined && other !== undefined && state === stateOf(other)
}

/**
 * The members of a representation, and of which type each is. What shows less than a read does, or numbers as texts,
 * is none to go on from: a change of it would lose the rest, or join what it adds.
 */
export function shapeOf(representation: unknown): string | undefined {
  return JSON.stringify(representation, (_, value: unknown) =>
    typeof value === 'object' ? value : typeof value,
  )
}

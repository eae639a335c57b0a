import { randomBytes } from 'node:crypto'
import { Inconclusive } from './inconclusive.js'
import type { Settings } from './options.js'
import type { Validator } from './result.js'
import { VERSIONS, type Members, type State } from './state.js'

/** What the probe writes, and how it puts back what was there. */
export interface Bodies {
  /** the member whose text is changed; undefined for a body of one's own */
  readonly field: string | undefined
  /** how many were made */
  readonly made: number
  /** one unlike any other, built on this state */
  next(base: State): string
  /** this state, with what the probe has changed as it was before */
  original(now: State): string
  /** names of the members that the probe has changed and that are not as they were */
  changed(now: State): readonly string[]
  /** whether somebody else has written there since: what the probe has not written is not its to put back */
  foreign(now: State): boolean
}

/** Members that are no text for people, or that the API itself keeps. */
const NOT_TO_CHANGE =
  /^(?:_?id|uuid|guid|key|slug|type|kind|status|state|email|password|etag|_etag|_?rev|revision)$|version|url|href|link|date|time|_at$|At$|Id$|_id$/

export function bodiesOf(settings: Settings, validator: Validator, before: State): Bodies {
  const { method, body } = settings
  const run = randomBytes(3).toString('hex')
  const field = body === undefined ? fieldOf(settings, before.json) : undefined
  let made = 0

  const versioned = (members: Members, now: State): Members => {
    if (validator.kind !== 'body') return members
    return { ...members, [validator.member]: now.json[validator.member] }
  }
  const isVersion = (name: string): boolean =>
    VERSIONS.includes(name) || (validator.kind === 'body' && name === validator.member)
  /** a PUT of a body of one's own replaces what it does not name, too */
  const touched = (): readonly string[] => {
    if (field !== undefined) return [field]
    const named = Object.keys(JSON.parse(filled(body ?? '{}', 0, before)) as Members)
    const names = new Set(method === 'PUT' ? [...Object.keys(before.json), ...named] : named)
    return [...names].filter((name) => !isVersion(name))
  }

  function filled(template: string, n: number, base: State): string {
    const version = validator.kind === 'body' ? base.json[validator.member] : base.etag
    const inText =
      typeof version === 'string' ? JSON.stringify(version).slice(1, -1) : JSON.stringify(version ?? '')
    return template.replaceAll('{{n}}', `${run}-${n}`).replaceAll('{{version}}', () => inText)
  }

  if (body !== undefined && !isJson(filled(body, 0, before)))
    throw new Inconclusive(
      'the version is a text, so that --body with it is no JSON: put {{version}} between quotes',
    )
  // what GET shows goes into each PUT, and what a PATCH names is put back: at the latest there
  const back = method === 'PUT' ? Object.keys(before.json) : touched()
  const rounded = back.map((name) => before.rounded.get(name)).find((number) => number !== undefined)
  if (rounded !== undefined)
    throw new Inconclusive(
      `GET shows the number ${rounded}, which has more digits than JavaScript keeps: written back it would be another one. Write a single text, --method PATCH`,
    )

  return {
    field,
    get made() {
      return made
    },
    next(base) {
      made += 1
      if (field === undefined) return filled(body ?? '{}', made, base)
      const change = { [field]: `${String(before.json[field])} (probe ${run}-${made})` }
      const members = method === 'PUT' ? { ...base.json, ...change } : change
      return JSON.stringify(versioned(members, base))
    },
    original(now) {
      const names = touched()
      const back = pick(before.json, names)
      if (method !== 'PUT') return JSON.stringify(versioned(back, now))
      // others may have changed other members meanwhile; what was not there before the probe goes
      const added = names.filter((name) => !Object.hasOwn(before.json, name))
      return JSON.stringify(versioned({ ...without(now.json, added), ...back }, now))
    },
    changed: ({ json }) => touched().filter((name) => !isSame(before.json[name], json[name])),
    foreign: ({ json }) =>
      field !== undefined &&
      !isSame(before.json[field], json[field]) &&
      !String(json[field]).includes(`(probe ${run}-`),
  }
}

function fieldOf({ field }: Settings, json: Members): string {
  if (field !== undefined) {
    if (Object.hasOwn(json, field) && typeof json[field] === 'string') return field
    throw new Inconclusive(`what GET shows has no member ${field} with a text: name another one, --field`)
  }
  const found = Object.keys(json).find((name) => {
    const value = json[name]
    return (
      typeof value === 'string' && !NOT_TO_CHANGE.test(name) && !/^(?:https?:|\d{4}-\d\d-\d\d)/.test(value)
    )
  })
  if (found === undefined)
    throw new Inconclusive(
      'what GET shows has no text that could be changed: name one (--field), or give a --body',
    )
  return found
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function without(json: Members, names: readonly string[]): Members {
  return Object.fromEntries(Object.entries(json).filter(([name]) => !names.includes(name)))
}

function pick(json: Members, names: readonly string[]): Members {
  return Object.fromEntries(
    names.filter((name) => Object.hasOwn(json, name)).map((name) => [name, json[name]]),
  )
}

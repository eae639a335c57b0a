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
  /** what was there before, to be written over this state */
  original(now: State): string
  /** names of the members that are not as they were, without those that every write moves */
  changed(now: State): readonly string[]
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
  const touched = (): readonly string[] =>
    field === undefined ? Object.keys(JSON.parse(filled(body ?? '{}', 0, before)) as Members) : [field]

  function filled(template: string, n: number, base: State): string {
    const version = validator.kind === 'body' ? base.json[validator.member] : base.etag
    const inText =
      typeof version === 'string' ? JSON.stringify(version).slice(1, -1) : JSON.stringify(version ?? '')
    return template.replaceAll('{{n}}', `${run}-${n}`).replaceAll('{{version}}', () => inText)
  }

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
      const { json } = before
      const back = method === 'PUT' ? json : pick(json, touched())
      // the version that stood there is superseded, and an API may compare it besides the entity tag
      const moved = pick(
        now.json,
        VERSIONS.filter((name) => Object.hasOwn(back, name)),
      )
      return JSON.stringify(versioned({ ...back, ...moved }, now))
    },
    changed({ json }) {
      const names = new Set([...Object.keys(before.json), ...Object.keys(json)])
      return [...names].filter((name) => {
        const moves =
          (validator.kind === 'body' && name === validator.member) ||
          /version|rev|date|time|_at$|At$|etag/.test(name)
        return !moves && JSON.stringify(before.json[name]) !== JSON.stringify(json[name])
      })
    },
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

function pick(json: Members, names: readonly string[]): Members {
  return Object.fromEntries(
    names.filter((name) => Object.hasOwn(json, name)).map((name) => [name, json[name]]),
  )
}

import { optionError } from '../core/errors.js'
import { canonicalSegment, decodeSegment } from './path.js'

/** A key that was found in a path; `below`: the path goes on after it. `values`: the parameters, decoded. */
export interface TemplateMatch {
  readonly values: Readonly<Record<string, string>>
  readonly below: boolean
}

export interface KeyTemplate {
  /** as the option gave it */
  readonly text: string
  readonly parameters: readonly string[]
  /**
   * the match that agrees with the route's own parameters, where there are any, and else the one nearest to the root,
   * at whatever mount; undefined where there is none
   */
  match(segments: readonly string[], params?: Readonly<Record<string, unknown>>): TemplateMatch | undefined
  /** the key of these parameter values */
  fill(values: Readonly<Record<string, unknown>>): string
}

type Part = { readonly literal: string } | { readonly parameter: string }

/** Reads `articles/:id`. A literal part is needed: it is what finds the key at any mount. */
export function keyTemplate(template: string): KeyTemplate {
  const parts = template
    .split('/')
    .filter((part) => part !== '')
    .map((part): Part => (part.startsWith(':') ? { parameter: part.slice(1) } : { literal: literal(part) }))
  const parameters = parts.flatMap((part) => ('parameter' in part ? [part.parameter] : []))
  if (!parts.some((part) => 'literal' in part)) {
    throw optionError(
      'key',
      template,
      "Name the collection in it, as in 'articles/:id', or give a function (req) => string.",
    )
  }
  if (/[*?(){}[\]#\\]|[^/]:/.test(template)) {
    throw optionError(
      'key',
      template,
      "A pattern of a route is no key: write literal parts and parameters, as in 'articles/:id'.",
    )
  }

  if (parameters.some((name) => !isName(name)) || new Set(parameters).size !== parameters.length) {
    throw optionError(
      'key',
      template,
      "A parameter is a colon and a name of letters, digits and _, each name once, as in 'articles/:id'.",
    )
  }

  const matchAt = (segments: readonly string[], start: number): Record<string, string> | undefined => {
    const values: Record<string, string> = {}
    for (let index = 0; index < parts.length; index++) {
      const part = parts[index] as Part
      const segment = segments[start + index]
      if (segment === undefined) return undefined
      if ('parameter' in part) {
        const value = decodeSegment(segment)
        if (value === undefined) return undefined
        values[part.parameter] = value
      } else if (segment !== part.literal && !isLiteral(segment, part.literal)) return undefined
    }
    return values
  }

  /** whether the route has found the same parameters, as far as it has any of these names */
  const agrees = (
    values: Readonly<Record<string, string>>,
    params: Readonly<Record<string, unknown>> | undefined,
  ): boolean => {
    if (params === undefined) return true
    for (const name of parameters)
      if (params[name] !== undefined && params[name] !== values[name]) return false
    return true
  }

  return {
    text: template,
    parameters,
    match(segments, params) {
      let nearest: TemplateMatch | undefined
      for (let start = 0; start + parts.length <= segments.length; start++) {
        const values = matchAt(segments, start)
        if (values === undefined) continue
        const match = { values, below: start + parts.length < segments.length }
        if (agrees(values, params)) return match
        nearest ??= match
      }
      return nearest
    },
    fill(values) {
      let key = ''
      for (const part of parts) {
        if (key !== '') key += '/'
        key += 'literal' in part ? part.literal : encodeURIComponent(String(values[part.parameter]))
      }
      return key
    },
  }
}

/** another spelling of the same */
function isLiteral(segment: string, literal: string): boolean {
  return canonicalSegment(segment).toLowerCase() === literal.toLowerCase()
}

/** As a path spells it: what a URL cannot hold is percent-encoded. */
function literal(part: string): string {
  return canonicalSegment(/[^\x21-\x7e]/.test(part) ? encodeURI(part) : part)
}

function isName(name: string): boolean {
  return /^[A-Za-z_]\w{0,63}$/.test(name) && name !== '__proto__'
}

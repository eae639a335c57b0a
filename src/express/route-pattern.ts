import type { ExpressRequest } from './express-types.js'
import type { KeyReader } from './key.js'
import { pathSegments } from './path.js'

const LONGEST_ROUTE = 120
const MOST_SEGMENTS = 8

/**
 * The route that a guard stands on, as the application wrote it. A guard of a whole tree runs before there is one:
 * then the key template, or the path with a placeholder for whatever looks like an identifier.
 */
export function routeOf(req: ExpressRequest, { template }: Pick<KeyReader, 'template'>): string {
  const { route, baseUrl = '' } = req
  const path: unknown = route?.path
  return bounded(
    path !== undefined
      ? `${withoutIds(baseUrl)}${patternText(path)}`
      : template !== undefined
        ? `/${template.text}`
        : withoutIds(req.originalUrl ?? req.url ?? '/') || '/',
  )
}

/** The base of a mounted router has the values of its parameters in it, and a path has them all. */
function withoutIds(path: string): string {
  const segments = pathSegments(path)
  const shown = segments.slice(0, MOST_SEGMENTS).map((segment) => (isIdentifier(segment) ? ':id' : segment))
  return [...shown, ...(segments.length > MOST_SEGMENTS ? ['…'] : [])]
    .map((segment) => `/${segment}`)
    .join('')
}

/** Names of collections are short words, and versions of an API (`v2`) are no identifiers. */
function isIdentifier(segment: string): boolean {
  if (/^v\d{1,3}$/i.test(segment)) return false
  return segment.length > 40 || /[^A-Za-z_-]/.test(segment)
}

/** A RegExp reads as its source, a list as its members. */
function patternText(path: unknown): string {
  if (typeof path === 'string') return path
  if (Array.isArray(path)) return path.map(patternText).join('|')
  return path instanceof RegExp ? path.source : '(route)'
}

function bounded(route: string): string {
  return route.length > LONGEST_ROUTE ? `${route.slice(0, LONGEST_ROUTE)}…` : route
}

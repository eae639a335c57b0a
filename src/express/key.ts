import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { IfMatchError, show } from '../core/errors.js'
import type { Identity } from '../core/table.js'
import type { ExpressRequest } from './express-types.js'
import { keyTemplate, type KeyTemplate } from './key-template.js'
import { pathKey, pathSegments } from './path.js'
import { refusal } from './refusal.js'

/** Which resource a request is about. */
export interface RequestKey {
  readonly key: string
  /** the request's path goes on below the key: it moves the key, but says nothing of its existence */
  readonly below: boolean
  /** the template's parameters, normalised by `params` */
  readonly identity: Identity
}

export interface KeyReader {
  readonly template: KeyTemplate | undefined
  /** undefined: the request is none of this guard's business */
  read(req: ExpressRequest): RequestKey | undefined
  /** the key of another path, as a Location names it */
  ofPath(req: ExpressRequest, path: string): RequestKey | undefined
}

/** longer keys are stored by their hash: a store's index has a limit, and a path may be 16 KB long */
const LONGEST_KEY = 512

type KeyOption = string | ((req: ExpressRequest) => string | undefined) | undefined

export function keyReader(
  option: KeyOption,
  params: z.ZodType<Record<string, unknown>> | undefined,
): KeyReader {
  if (typeof option === 'function') {
    return {
      template: undefined,
      read: (req) => ofFunction(option(req)),
      ofPath: () => undefined,
    }
  }
  const template = option === undefined ? undefined : keyTemplate(option)
  const ofPath = (req: ExpressRequest, path: string): RequestKey | undefined => {
    const segments = pathSegments(path)
    const foldCase = req.app?.get('case sensitive routing') !== true
    if (template === undefined)
      return { key: bounded(pathKey(segments, foldCase) || '/'), below: false, identity: {} }
    const match = template.match(segments, foldCase)
    if (match === undefined) return undefined
    const identity = params === undefined ? match.values : normalised(params, match.values)
    return { key: bounded(template.fill(identity)), below: match.below, identity }
  }
  return { template, ofPath, read: (req) => ofPath(req, req.originalUrl ?? req.url ?? '/') }
}

function ofFunction(key: string | undefined): RequestKey | undefined {
  if (key === undefined) return undefined
  if (
    typeof key !== 'string' ||
    key === '' ||
    key.split('/').some((part) => part === 'undefined' || part === 'NaN')
  ) {
    throw new IfMatchError(
      'ERR_KEY_INVALID',
      `key: the function gave ${show(key)}. Under app.use there are no req.params yet: give a template such as 'articles/:id' (ERR_KEY_INVALID, see docs/errors.md)`,
    )
  }
  return { key: bounded(key), below: false, identity: { id: key } }
}

function normalised(
  params: z.ZodType<Record<string, unknown>>,
  values: Readonly<Record<string, string>>,
): Identity {
  const parsed = params.safeParse({ ...values })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw refusal('malformed-key', {
    detail: `The identifier in the path will not do: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}.`,
  })
}

function bounded(key: string): string {
  if (key.length <= LONGEST_KEY) return key
  return `${key.slice(0, 64)}#sha256-${createHash('sha256').update(key).digest('base64url')}`
}

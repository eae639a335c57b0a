import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { IfMatchError, optionError, show } from '../core/errors.js'
import type { Identity } from '../core/table.js'
import type { ExpressRequest } from './express-types.js'
import { keyTemplate, type KeyTemplate } from './key-template.js'
import { isAmbiguous, pathKey, pathSegments } from './path.js'
import { isRefusal } from './problems.js'
import { refusal } from '../core/refusal.js'

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
  /** the key of another path, as a Location names it; undefined where it has none, or a malformed one */
  ofPath(path: string): RequestKey | undefined
  /** a key as the application names it (`touch`, `moves`), in the spelling that requests have it in */
  canonical(key: string): string
}

/** longer keys are stored by their hash: a store's index has a limit, and a path may be 16 KB long */
const LONGEST_KEY = 512

type KeyOption = string | ((req: ExpressRequest) => string | undefined) | undefined
type Params = z.ZodType<Record<string, unknown>>

export function keyReader(option: KeyOption, params: Params | undefined): KeyReader {
  if (typeof option === 'function') {
    return {
      template: undefined,
      read(req) {
        const key = option(req)
        if (key === undefined) checkParamsRead(option, req)
        return ofFunction(key)
      },
      ofPath: () => undefined,
      canonical: boundedKey,
    }
  }
  const template = option === undefined ? undefined : keyTemplate(option)
  if (template !== undefined && params !== undefined) checkParams(template, params)

  const keyOf = (path: string, routeParams?: Readonly<Record<string, unknown>>): RequestKey | undefined => {
    const segments = pathSegments(path)
    if (template === undefined)
      return { key: boundedKey(pathKey(segments) || '/'), below: false, identity: {} }
    const match = template.match(segments, routeParams)
    if (match === undefined) return undefined
    const identity = params === undefined ? match.values : normalised(template, params, match.values)
    return { key: boundedKey(template.fill(identity)), below: match.below, identity }
  }
  const tryKeyOf = (path: string): RequestKey | undefined => {
    try {
      return keyOf(path)
    } catch (error) {
      if (isRefusal(error)) return undefined
      throw error
    }
  }
  return {
    template,
    read: (req) => keyOf(pathOf(req), req.params),
    ofPath: tryKeyOf,
    canonical(key) {
      // no path's key has a `#`: one that was kept by its hash comes back from `write.key`
      if (key.includes('#')) return boundedKey(key)
      const found = tryKeyOf(key)
      return found === undefined || found.below ? boundedKey(key) : found.key
    },
  }
}

/**
 * The same for `read`, `guard` and `wrap`, which stand on a route of their own: one whose path the template does not
 * match would be guarded by nothing, and nobody would notice.
 */
export function routeKeys(reader: KeyReader, method: string): KeyReader {
  const { template } = reader
  if (template === undefined) return reader
  return {
    ...reader,
    read(req) {
      const key = reader.read(req)
      if (key !== undefined) return key
      throw new IfMatchError(
        'ERR_KEY_MISMATCH',
        `${method}: the key ${show(template.text)} is not found in the path ${show(pathOf(req))}, so this route would go unguarded. Give the key as the route has it, or take the guard off this route (ERR_KEY_MISMATCH, see docs/errors.md)`,
      )
    },
  }
}

function pathOf(req: ExpressRequest): string {
  const target = req.originalUrl ?? req.url ?? '/'
  if (isAmbiguous(target))
    throw refusal('malformed-key', { detail: 'The request target holds a `#` or a `\\\\`.' })
  return target
}

/**
 * undefined leaves the request alone, and must not come of a parameter that is not there yet: the write would be
 * guarded by nothing, and nobody would notice. On a route a parameter may be optional, and its absence is meant.
 */
function checkParamsRead(option: Extract<KeyOption, (req: never) => unknown>, req: ExpressRequest): void {
  if (req.route !== undefined) return
  let missing: string | undefined
  const params = new Proxy(req.params ?? {}, {
    get(target, name): unknown {
      const value: unknown = Reflect.get(target, name)
      if (typeof name === 'string' && value === undefined) missing ??= name
      return value
    },
  })
  option(Object.create(req, { params: { value: params } }) as ExpressRequest)
  if (missing === undefined) return
  throw new IfMatchError(
    'ERR_KEY_INVALID',
    `key: the function gave undefined, and read req.params.${missing}, which is not there. Under app.use there are no req.params yet: give a template such as 'articles/:id' (ERR_KEY_INVALID, see docs/errors.md)`,
  )
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
  return { key: boundedKey(key), below: false, identity: { id: key } }
}

/** Where the schema says its members: each parameter must be one of them, and no other may be asked for. */
function checkParams({ parameters, text }: KeyTemplate, params: Params): void {
  const members: unknown = (params as { shape?: unknown }).shape
  if (typeof members !== 'object' || members === null) return
  const names = Object.keys(members)
  const wrong =
    parameters.find((name) => !names.includes(name)) ?? names.find((name) => !parameters.includes(name))
  if (wrong === undefined) return
  throw optionError(
    'params',
    wrong,
    `Name in it exactly the parameters of the key ${show(text)}: ${parameters.join(', ')}.`,
  )
}

function normalised(
  { parameters }: KeyTemplate,
  params: Params,
  values: Readonly<Record<string, string>>,
): Identity {
  const parsed = params.safeParse({ ...values })
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw refusal('malformed-key', {
      detail: `The identifier in the path will not do: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}.`,
    })
  }
  const wrong = parameters.find((name) => !isKeyPart(parsed.data[name]))
  if (wrong === undefined) return parsed.data
  throw new IfMatchError(
    'ERR_KEY_INVALID',
    `params: the schema gave ${show(parsed.data[wrong])} for ${show(wrong)}, which names no resource. Let it give a text, a number, a bigint or a boolean (ERR_KEY_INVALID, see docs/errors.md)`,
  )
}

function isKeyPart(value: unknown): boolean {
  if (typeof value === 'string') return value !== ''
  return typeof value === 'bigint' || typeof value === 'boolean' || Number.isFinite(value)
}

/** A key as the stores get it. */
function boundedKey(key: string): string {
  if (key.length <= LONGEST_KEY) return key
  return `${key.slice(0, 64)}#sha256-${createHash('sha256').update(key).digest('base64url')}`
}

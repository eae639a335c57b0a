import { createRequire } from 'node:module'
import type * as Inspector from 'node:inspector'
import { fileURLToPath } from 'node:url'

/*
 * Express keeps some of what it was given only in closures: the application behind `app.use('/admin', admin)`, and in
 * Express 5 the path of a mount. Node's own inspector reads them, in this process and without running anything.
 */

/** Where a function was written. */
export interface Location {
  readonly file: string
  /** from 1; undefined where the file was compiled on its way here, so that its lines are others */
  readonly line: number | undefined
}

export interface Closures {
  /** the value of a name that the function sees, by its innermost scope; undefined where it sees none */
  variable(fn: object, name: string): unknown
  /** the function that `bind` was called on; undefined for any other */
  boundTarget(fn: object): unknown
  /** undefined for what comes with Node, or where it is not known */
  locationOf(fn: object): Location | undefined
  close(): void
}

interface Property {
  readonly name: string
  readonly value?: {
    readonly objectId?: string
    readonly value?: unknown
    readonly description?: string
    readonly type: string
  }
}

interface Properties {
  readonly result: readonly Property[]
  readonly internalProperties?: readonly Property[]
}

const SLOT = '__expressIfMatchAudit'

/** Opens them; undefined where this Node has no inspector. */
export function openClosures(): Closures | undefined {
  const session = connect()
  if (session === undefined) return undefined
  const scripts = new Map<string, { url: string; compiled: boolean }>()
  session.on('Debugger.scriptParsed', ({ params }) => {
    const { scriptId, url, sourceMapURL = '' } = params
    scripts.set(scriptId, { url, compiled: sourceMapURL !== '' })
  })
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the protocol says what a method answers
  const post = <Answer>(method: string, params: object = {}): Answer => {
    let answer: unknown
    // in one thread the inspector answers before post() returns
    session.post(method, params, (error, result) => {
      if (error !== null) throw new Error(error.message)
      answer = result
    })
    return answer as Answer
  }
  post('Debugger.enable')

  const slot: { in?: unknown; out?: unknown } = {}
  Object.defineProperty(globalThis, SLOT, { value: slot, configurable: true })
  const slotId = evaluated('')
  const known = new WeakMap<object, Properties>()

  function evaluated(member: string): string {
    const expression = `globalThis.${SLOT}${member}`
    const { result } = post<{ result: { objectId?: string } }>('Runtime.evaluate', { expression })
    return result.objectId ?? ''
  }

  function properties(objectId: string): Properties {
    return post('Runtime.getProperties', { objectId, ownProperties: true })
  }

  function propertiesOf(fn: object): Properties {
    const before = known.get(fn)
    if (before !== undefined) return before
    slot.in = fn
    const found = properties(evaluated('.in'))
    known.set(fn, found)
    return found
  }

  function internal(fn: object, name: string): Property['value'] {
    return propertiesOf(fn).internalProperties?.find((property) => property.name === name)?.value
  }

  function valueOf(remote: Property['value']): unknown {
    if (remote?.objectId === undefined) return remote?.value
    post('Runtime.callFunctionOn', {
      objectId: remote.objectId,
      functionDeclaration: 'function (slot) { slot.out = this }',
      arguments: [{ objectId: slotId }],
    })
    return slot.out
  }

  return {
    variable(fn, name) {
      const scopes = internal(fn, '[[Scopes]]')
      if (scopes?.objectId === undefined) return undefined
      for (const { value: scope } of properties(scopes.objectId).result) {
        if (scope?.objectId === undefined || scope.description?.startsWith('Global') === true) continue
        const found = properties(scope.objectId).result.find((property) => property.name === name)
        if (found !== undefined) return valueOf(found.value)
      }
      return undefined
    },
    boundTarget: (fn) => valueOf(internal(fn, '[[TargetFunction]]')),
    locationOf(fn) {
      const at = internal(fn, '[[FunctionLocation]]')?.value as
        { scriptId?: string; lineNumber?: number } | undefined
      const script = scripts.get(at?.scriptId ?? '')
      if (script === undefined || script.url === '' || script.url.startsWith('node:')) return undefined
      const file = script.url.startsWith('file:')
        ? fileURLToPath(script.url.replace(/[?#].*$/, ''))
        : script.url
      return { file, line: script.compiled ? undefined : (at?.lineNumber ?? 0) + 1 }
    },
    close() {
      Reflect.deleteProperty(globalThis, SLOT)
      session.disconnect()
    },
  }
}

function connect(): Inspector.Session | undefined {
  try {
    // a Node that was built without it has no such module to import
    const inspector = createRequire(`${process.cwd()}/`)('node:inspector') as typeof Inspector
    const session = new inspector.Session()
    session.connect()
    return session
  } catch {
    return undefined
  }
}

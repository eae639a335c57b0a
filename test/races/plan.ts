import type { Operation } from './linearizability/operation.js'
import type { Random } from './seed.js'
import type { Item } from './stores/store.js'

/** What a client knows of an item that is there. */
export interface Known {
  readonly tag: string
  readonly version: string
  readonly item: Item
}

/** What chance decides in one turn of a client: always the same number of draws, whatever the client knows. */
export interface Draws {
  readonly key: string
  readonly reads: 'only' | 'first' | 'if needed'
  readonly choice: number
  readonly form: 'current' | 'old' | 'both'
  readonly old: number
  /** which server gets the read, which the write */
  readonly readAt: number
  readonly writeAt: number
}

export const OLD_TAGS = 4

export function draw({ next }: Random, keys: number): Draws {
  const [key, reads, choice, form] = [next(keys), next(100), next(100), next(100)]
  return {
    key: `items/${key + 1}`,
    reads: reads < 15 ? 'only' : reads < 65 ? 'first' : 'if needed',
    choice,
    form: form < 8 ? 'old' : form < 16 ? 'both' : 'current',
    old: next(OLD_TAGS),
    readAt: next(1 << 16),
    writeAt: next(1 << 16),
  }
}

/** A request that writes, and what the history has to know of it. */
export interface Planned {
  readonly method: 'PUT' | 'PATCH' | 'POST' | 'DELETE'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: { readonly value: string; readonly base: string }
  readonly action: Exclude<Operation['action'], 'read'>
  readonly demand?: readonly string[]
  /** what it was built on */
  readonly seen?: Item
  /** what the item is after it; undefined: deleted */
  readonly after: Item | undefined
}

/** What a client writes that knows this of the item. `value`: unlike any other. */
export function plan(draws: Draws, value: string, known: Known | 'absent', old: readonly Known[]): Planned {
  const { choice, form } = draws
  const id = draws.key.slice('items/'.length)
  const before = old[draws.old]
  if (known === 'absent') {
    if (choice < 50) return creation('POST', id, value)
    if (choice < 90 || before === undefined) return creation('PUT', id, value)
    return change('PUT', value, before, [before])
  }
  if (choice >= 94) return creation('POST', id, value)
  if (choice >= 88) return creation('PUT', id, value)
  const built = form === 'old' && before !== undefined ? before : known
  const tags = form === 'both' && before !== undefined ? [before, known] : [built]
  return change(choice < 45 ? 'PUT' : choice < 75 ? 'PATCH' : 'DELETE', value, built, tags)
}

function creation(method: 'PUT' | 'POST', id: string, value: string): Planned {
  return {
    method,
    headers: method === 'PUT' ? { 'If-None-Match': '*' } : {},
    body: { value, base: '' },
    action: 'create',
    after: { id, value, base: '', note: value },
  }
}

function change(
  method: 'PUT' | 'PATCH' | 'DELETE',
  value: string,
  { item }: Known,
  tags: readonly Known[],
): Planned {
  const base = item.value
  const note = method === 'PATCH' ? item.note : value
  const common = {
    method,
    headers: { 'If-Match': tags.map(({ tag }) => tag).join(', ') },
    demand: tags.map(({ version }) => version),
    seen: item,
  }
  if (method === 'DELETE') return { ...common, action: 'delete', after: undefined }
  const action = method === 'PUT' ? 'put' : 'patch'
  return { ...common, action, body: { value, base }, after: { id: item.id, value, base, note } }
}

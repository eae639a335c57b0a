// What runs in the browser: it sends the whole row back, and always the one that the server answered last.
import type { Order } from './postgres.js'

export type Saved =
  | { readonly kind: 'saved'; readonly order: Order }
  /** somebody else was first: `theirs` is what stands there now, and `mine` was not written */
  | { readonly kind: 'conflict'; readonly theirs: Order; readonly mine: Order }

export async function save(url: string, mine: Order): Promise<Saved> {
  const answer = await fetch(url, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(mine), // with the version that it was read with
  })
  // go on with this row, not with `mine`: the next save must name the version that this one has made
  if (answer.ok) return { kind: 'saved', order: (await answer.json()) as Order }
  const { code } = (await answer.json()) as { code?: string }
  if (code !== 'version-conflict') throw new Error(`not saved: ${answer.status} ${code ?? ''}`)
  const theirs = (await (await fetch(url)).json()) as Order
  return { kind: 'conflict', theirs, mine }
}

import { optionError } from '../../core/errors.js'
import type { SessionRequest } from './session.js'

/** The keys of a write, its own among them, in the one order in which they are claimed. */
export function keysOf({
  setup,
  req,
  key,
}: Pick<SessionRequest, 'setup' | 'req' | 'key'>): readonly string[] {
  if (setup.moves === undefined) return [key.key]
  const given: unknown = setup.moves(req)
  const moved = given ?? []
  if (!Array.isArray(moved) || moved.some((name) => typeof name !== 'string' || name === '')) {
    const fix = "Return an array of keys, such as ['articles/2']; an empty one where nothing else moves."
    throw optionError('moves(req)', moved, fix, 'ERR_KEY_INVALID')
  }
  return [...new Set([key.key, ...(moved as string[]).map((name) => setup.key.canonical(name))])].sort()
}

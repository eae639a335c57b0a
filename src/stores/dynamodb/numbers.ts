/**
 * The text of a number as the document client gives it: itself, a bigint past 2^53, or what its `wrapNumbers` makes.
 * Undefined for a text: an attribute of type S looks like that, and is never equal to a number.
 */
export function numberText(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { toString } = value as { toString?: unknown }
  return typeof toString === 'function' ? String((toString as () => unknown).call(value)) : undefined
}

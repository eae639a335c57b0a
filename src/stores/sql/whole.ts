/**
 * A number as it stands in a statement: ms, seconds, counts, which the library itself has counted. A fraction or an
 * exponent would be a mistake of ours.
 */
export function whole(value: number): string {
  if (Number.isSafeInteger(value)) return String(value)
  throw new RangeError(`not a whole number: ${String(value)}`)
}

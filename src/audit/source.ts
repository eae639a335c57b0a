/** The text of a function; '' where it has none of its own. */
export function sourceOf(fn: object): string {
  const text = typeof fn === 'function' ? Function.prototype.toString.call(fn) : ''
  return text.includes('[native code]') ? '' : text.slice(0, 20_000)
}

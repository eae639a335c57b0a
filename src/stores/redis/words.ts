const BLANK = 0x20
const MINUS = 0x2d
const ZERO = 0x30

/**
 * The words of a text, one after the other. To split it, and to make numbers of its parts, takes three times as long,
 * and as long as the rest of what a client does for one answer.
 */
export class Words {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** undefined after the last */
  next(): string | undefined {
    const text = this.#text
    const first = this.#at
    if (first > text.length) return undefined
    const blank = text.indexOf(' ', first)
    const end = blank === -1 ? text.length : blank
    this.#at = end + 1
    return text.slice(first, end)
  }

  /** the next one as a whole number; undefined where it is none, or is written in another way than numbers are */
  whole(): number | undefined {
    const text = this.#text
    const negative = text.charCodeAt(this.#at) === MINUS
    const first = negative ? this.#at + 1 : this.#at
    let number = 0
    let end = first
    for (; end < text.length && text.charCodeAt(end) !== BLANK; end++) {
      const digit = text.charCodeAt(end) - ZERO
      if (!(digit >= 0 && digit <= 9)) return undefined
      number = number * 10 + digit
    }
    this.#at = end + 1
    const leadsWithZero = text.charCodeAt(first) === ZERO && (negative || end > first + 1)
    if (end === first || leadsWithZero || !Number.isSafeInteger(number)) return undefined
    return negative ? -number : number
  }
}

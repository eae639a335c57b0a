import type { Expectation } from '../../core/expectation.js'
import type { Placeholders } from './placeholders.js'
import type { DynamodbVersion } from './version.js'

/** operands that one IN takes */
const MOST_OPERANDS = 100

/**
 * Versions that one condition may name: an expression has at most 4 KB and 300 operators. Whoever names more than this
 * is judged on the item as it stands, and the write compares the one version that was found to do.
 */
export const MOST_VERSIONS = 200

/** How many versions a demand names. */
export function versionsIn(expectation: Expectation): number {
  if (expectation.kind === 'all') return expectation.of.reduce((sum, part) => sum + versionsIn(part), 0)
  return 'versions' in expectation ? expectation.versions.length : 0
}

/**
 * The client's demand as a condition on the version of an item that exists: '' where it demands nothing more, undefined
 * where no item can meet it. A number says nothing of a date, so If-Unmodified-Since is ignored, as RFC 9110 §13.1.4
 * has it where no modification date is known.
 */
export function conditionOf(
  expectation: Expectation,
  version: DynamodbVersion,
  attribute: string,
  value: Placeholders['value'],
): string | undefined {
  const listed = (texts: readonly string[]): string | undefined => {
    const versions = [...new Set(texts)].filter((text) => version.isVersion(text))
    const bound = versions.map((text) => value(version.bound(text)))
    if (bound.length <= 1) return bound.length === 0 ? undefined : `${attribute} = ${bound.join('')}`
    const lists: string[] = []
    for (let start = 0; start < bound.length; start += MOST_OPERANDS)
      lists.push(`${attribute} IN (${bound.slice(start, start + MOST_OPERANDS).join(', ')})`)
    return `(${lists.join(' OR ')})`
  }
  switch (expectation.kind) {
    case 'unconditional':
    case 'exists':
    case 'unmodified-since':
      return ''
    case 'absent':
      return undefined
    case 'one-of':
      return listed(expectation.versions)
    case 'none-of': {
      const list = listed(expectation.versions)
      return list === undefined ? '' : `NOT ${list}`
    }
    case 'all': {
      const parts: string[] = []
      for (const part of expectation.of) {
        const condition = conditionOf(part, version, attribute, value)
        if (condition === undefined) return undefined
        if (condition !== '') parts.push(condition)
      }
      return parts.join(' AND ')
    }
  }
}

import type { DynamodbItem } from './document.js'

/** The names and values of one request: its expressions hold placeholders, so that whatever is named is data. */
export interface Placeholders {
  /** `#0` for an attribute; the same one each time, since one that no expression uses is an error of DynamoDB's */
  readonly name: (attribute: string) => string
  /** `:0` for a value */
  readonly value: (value: unknown) => string
  /** the members of the request that tell what stands behind them */
  readonly members: {
    readonly ExpressionAttributeNames: Record<string, string>
    readonly ExpressionAttributeValues: DynamodbItem
  }
}

export function placeholders(): Placeholders {
  const names: Record<string, string> = {}
  const values: DynamodbItem = {}
  const known = new Map<string, string>()
  let count = 0
  return {
    name(attribute) {
      let placeholder = known.get(attribute)
      if (placeholder === undefined) {
        placeholder = `#${known.size}`
        known.set(attribute, placeholder)
        names[placeholder] = attribute
      }
      return placeholder
    },
    value(value) {
      const placeholder = `:${count++}`
      values[placeholder] = value
      return placeholder
    },
    members: { ExpressionAttributeNames: names, ExpressionAttributeValues: values },
  }
}

import { setTimeout as pause } from 'node:timers/promises'
import type { DynamodbDocument, DynamodbItem } from './document.js'

/** keys that one BatchGetItem may name */
const MOST_KEYS = 100

/** requests for the keys of one batch: the server may leave out some each time, above all when it is throttling */
const MOST_REQUESTS = 7

/** ms before the first repetition; each one after it waits twice as long */
const FIRST_PAUSE = 20

/** The items that stand under these keys, in no order. No key may occur twice. */
export async function readItems(
  store: string,
  client: DynamodbDocument,
  table: string,
  keys: readonly DynamodbItem[],
): Promise<DynamodbItem[]> {
  const found: DynamodbItem[] = []
  for (let start = 0; start < keys.length; start += MOST_KEYS) {
    let pending = keys.slice(start, start + MOST_KEYS)
    for (let requests = 0; pending.length > 0; requests++) {
      if (requests === MOST_REQUESTS) {
        throw new Error(
          `${store}: after ${MOST_REQUESTS} requests ${pending.length} keys were still left out. The table has too little capacity for this many`,
        )
      }
      // between half and the whole of it, so that several processes do not come back in step
      if (requests > 0) await pause(FIRST_PAUSE * 2 ** (requests - 1) * (0.5 + Math.random() / 2))
      const answer = await client.batchGet({
        RequestItems: { [table]: { Keys: pending, ConsistentRead: true } },
      })
      found.push(...Object.values(answer.Responses ?? {}).flat())
      pending = Object.values(answer.UnprocessedKeys ?? {}).flatMap(({ Keys }) => Keys ?? [])
    }
  }
  return found
}

import type { SwapResult } from '../../core/ledger.js'

/** One script call: a read, or with the arguments of a swap that. */
export type Step = (key: string, swap?: readonly string[]) => Promise<SwapResult>

/**
 * Swaps that count only when replicas have them. Whoever got no answer to a swap looks at the record, and would find
 * it made: so such a look has to wait for the replicas too, with all that the server has written up to then.
 */
export function confirmedSteps(plain: Step, waiting: Step): Step {
  // a server's writes are confirmed in their order, so two numbers tell what is left open
  let failures = 0
  let confirmed = 0
  let confirming: Promise<void> | undefined

  const swapped = async (key: string, swap: readonly string[]): Promise<SwapResult> => {
    try {
      return await waiting(key, swap)
    } catch (error) {
      failures += 1
      throw error
    }
  }
  // one at a time, for all who read: each of them holds up the connection
  const confirm = async (key: string): Promise<void> => {
    const open = failures
    try {
      await waiting(key)
      confirmed = Math.max(confirmed, open)
    } finally {
      confirming = undefined
    }
  }
  return async (key, swap) => {
    if (swap !== undefined) return swapped(key, swap)
    for (;;) {
      const seen = await plain(key)
      // asked only now: a swap that went out before, over the same connection, was answered before
      if (failures === confirmed) return seen
      confirming ??= confirm(key)
      await confirming
    }
  }
}

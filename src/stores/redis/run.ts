import type { Evaluate } from './client.js'
import { SCRIPT, SHA } from './script.js'

/**
 * Runs the script by its hash. A server that does not know it yet, or no longer, gets its text, once: of many calls
 * that went out together, the others ask by the hash again.
 */
export function scriptRunner(evaluate: Evaluate): (key: string, args: string[]) => Promise<unknown> {
  let loading: Promise<unknown> | undefined
  return async (key, args) => {
    const parts = { keys: [key], arguments: args }
    for (;;) {
      try {
        return await evaluate('evalsha', SHA, parts)
      } catch (error) {
        if (!(error instanceof Error) || !error.message.includes('NOSCRIPT')) throw error
      }
      if (loading === undefined) {
        loading = evaluate('eval', SCRIPT, parts)
        return await loading.finally(() => {
          loading = undefined
        })
      }
      await loading.catch(() => undefined)
    }
  }
}

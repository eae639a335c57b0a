import type { Evaluate, ScriptParts } from './client.js'
import type { Script } from './script.js'

/**
 * Runs the script by its hash. A server that does not know it yet, or no longer, gets its text, once: of many calls
 * that went out together, the others ask by the hash again.
 */
export function scriptRunner(
  evaluate: Evaluate,
  { text, sha }: Script,
): (key: string, args: string[]) => Promise<unknown> {
  let loading: Promise<unknown> | undefined
  const evaluated = (parts: ScriptParts): Promise<unknown> =>
    evaluate('evalsha', sha, parts).catch(async (error: unknown) => {
      if (!(error instanceof Error) || !error.message.includes('NOSCRIPT')) throw error
      if (loading === undefined) {
        loading = evaluate('eval', text, parts)
        return loading.finally(() => {
          loading = undefined
        })
      }
      await loading.catch(() => undefined)
      return evaluated(parts)
    })
  return (key, args) => evaluated({ keys: [key], arguments: args })
}

import { createRequire } from 'node:module'
import { describe, it } from 'vitest'

const inCI = process.env.CI === 'true' || process.env.CI === '1'
const load = createRequire(import.meta.url)

/** `describe` and `it` for tests that need something which not every machine has. */
export interface Gated {
  available: boolean
  describe: (title: string, body: () => void) => void
  it: (title: string, body: () => void | Promise<void>, timeout?: number) => void
}

/**
 * Runs tests where `available` is true. Elsewhere they are skipped, and the run ends with one line,
 * "not run here: <name>: <hint>"; under CI=true the missing thing is a failing test, unless `runBy` names
 * the step of CI that has it (a newer Node).
 */
export function requires(name: string, available: boolean, hint: string, runBy?: string): Gated {
  if (available) {
    return {
      available,
      describe: (title, body) => {
        describe(title, body)
      },
      it: (title, body, timeout) => {
        it(title, body, timeout)
      },
    }
  }
  const missing = (title: string): void => {
    it(`${title} (needs ${name})`, (context) => {
      if (inCI && runBy === undefined) throw new Error(`missing under CI: ${name}: ${hint}`)
      context.skip(`not run here: ${name}: ${hint}`)
    })
  }
  return { available, describe: missing, it: missing }
}

/**
 * The exports of a module that may be absent, else undefined. `probe` uses it once: a native module may well load and
 * then find that it was built for another Node.
 */
export function optional<T = unknown>(
  module: string,
  probe: (exported: T) => unknown = () => true,
): T | undefined {
  try {
    const exported = load(module) as T
    probe(exported)
    return exported
  } catch {
    return undefined
  }
}

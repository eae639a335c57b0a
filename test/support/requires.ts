import { createRequire } from 'node:module'
import { describe, it } from 'vitest'

const inCI = process.env.CI === 'true' || process.env.CI === '1'
const load = createRequire(import.meta.url)

type Body = () => void | Promise<void>

/** `describe` and `it` for tests that need something which not every machine has. */
export interface Gated {
  available: boolean
  describe: (title: string, body: () => void) => void
  it: (title: string, body: Body, timeout?: number) => void
}

/**
 * Runs tests where `available` is true. Elsewhere they are skipped, and the run ends with one line,
 * "not run here: <name>: <hint>"; under CI=true the missing thing is a failing test.
 */
export function requires(name: string, available: boolean, hint: string): Gated {
  if (available)
    return {
      available,
      describe: (title, body) => describe(title, body),
      it: (title, body, timeout) => it(title, body, timeout),
    }
  const note = `${name}: ${hint}`
  const missing = (title: string): void => {
    if (inCI) {
      it(`${title} needs ${name}`, () => {
        throw new Error(`not available under CI: ${note}`)
      })
    } else {
      it(`${title} needs ${name}`, (context) => context.skip(`not run here: ${note}`))
    }
  }
  return { available, describe: missing, it: missing }
}

/** A package that may not be installed: its exports, or undefined. Native modules that do not load count as absent. */
export function optional(name: string): unknown {
  try {
    return load(name)
  } catch {
    return undefined
  }
}

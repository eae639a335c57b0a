import { execFile } from 'node:child_process'
import path from 'node:path'
import { buildSync } from 'esbuild'

const ROOT = path.resolve(import.meta.dirname, '../..')
const BUILT = path.join(ROOT, 'test/cli/.built')

export const APPS = path.join(ROOT, 'test/cli/apps')

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** The command as users have it, in plain JavaScript: no loader of the tests helps it. Returns its file. */
export function buildCommand(): string {
  const outfile = path.join(BUILT, 'main.mjs')
  const entryPoints = [path.join(ROOT, 'src/cli/main.ts')]
  buildSync({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external' })
  return outfile
}

/** Runs it to its end; one that hangs is killed, and has no exit code of its own. */
export function runCommand(
  file: string,
  args: readonly string[],
  cwd = APPS,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [file, ...args],
      { cwd, timeout: 30_000, env: { ...process.env, ...env } },
      (error, out, err) => {
        if (error === null) resolve({ code: 0, out, err })
        else if (typeof error.code === 'number') resolve({ code: error.code, out, err })
        else reject(new Error(`${args.join(' ')} was killed`, { cause: error }))
      },
    )
  })
}

import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll } from 'vitest'

// below node_modules, so that it finds the packages which it leaves where they are
const FOLDER = new URL(
  `../../node_modules/.cache/if-match-faults-${randomBytes(6).toString('hex')}`,
  import.meta.url,
)

let built: Promise<string> | undefined
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }))

/**
 * The server program, built once: a process that has to translate it first takes three times as long to start, and
 * here one is started every second.
 */
export function serverProgram(): Promise<string> {
  built ??= buildProgram()
  return built
}

async function buildProgram(): Promise<string> {
  const outdir = fileURLToPath(FOLDER)
  await build({
    entryPoints: [fileURLToPath(new URL('fault-server.ts', import.meta.url))],
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // what is imported later is loaded later: one store needs one driver
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
  })
  return path.join(outdir, 'fault-server.mjs')
}

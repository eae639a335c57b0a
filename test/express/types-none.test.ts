import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

it('type-checks where no types of Express are installed', () => {
  const compiler = at('../../node_modules/typescript/bin/tsc')
  const output = execFileSync(process.execPath, [
    compiler,
    '--noEmit',
    '-p',
    at('../types/none/tsconfig.json'),
  ])
  expect(output.toString()).toBe('')
}, 60_000)

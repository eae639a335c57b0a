import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'

const ROOT = path.resolve(import.meta.dirname, '../..')

let code: string
let inputs: string[]
let imports: Metafile['outputs'][string]['imports']
beforeAll(async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [path.join(ROOT, 'src/client/index.ts')],
    absWorkingDir: ROOT,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
  })
  code = outputFiles[0]!.text
  inputs = Object.keys(metafile.inputs)
  imports = Object.values(metafile.outputs)[0]!.imports
})

describe('express-if-match/client, bundled for a browser', () => {
  it('is at most 6 KB, minified and gzipped', () => {
    expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(6 * 1024)
  })

  it('is made of the client and of the library that times its tries, and needs nothing else', () => {
    expect(imports).toEqual([])
    for (const input of inputs) expect(input).toMatch(/^(src\/client\/|node_modules\/@lifeomic\/attempt\/)/)
    expect(inputs.length).toBeGreaterThan(10)
  })

  it.each([
    'node:',
    'require(',
    'process.',
    'Buffer',
    'express-if-match:',
    'diagnostics_channel',
    'safeParse',
    'ZodError',
    'compareAndSwap',
    'ledger',
  ])('has no %s in it', (name) => {
    expect(code).not.toContain(name)
  })

  it('has the names that it is made for', () => {
    for (const name of ['createClient', 'retry', 'conflictOf', 'isProblem', 'ClientError'])
      expect(code).toContain(name)
  })
})

// Makes the client that prisma.ts imports, from schema.prisma. `npm ci` runs it; `--if-missing` makes it only where there is none.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const folder = import.meta.dirname
if (process.argv.includes('--if-missing') && existsSync(join(folder, 'prisma-client/client.ts')))
  process.exit(0)

const manifest = createRequire(import.meta.url).resolve('prisma/package.json')
const cli = join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.prisma)
const made = spawnSync(process.execPath, [cli, 'generate', '--schema', join(folder, 'schema.prisma')], {
  encoding: 'utf8',
  // Prisma's command would first download an engine that only migrations use: any file in its place spares that.
  env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' },
})
if (made.status !== 0) {
  console.error(made.stdout, made.stderr)
  process.exit(1)
}

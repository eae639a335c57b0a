// Builds dist/esm and dist/cjs with plain tsc. `--if-missing` builds only where there is no dist yet; `--clean` only deletes.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const built = ['dist/esm/index.js', 'dist/cjs/index.js', 'dist/cjs/package.json']

if (process.argv.includes('--if-missing') && built.every((file) => existsSync(root + file))) process.exit(0)

rmSync(`${root}dist`, { recursive: true, force: true })
if (process.argv.includes('--clean')) process.exit(0)
for (const project of ['tsconfig.esm.json', 'tsconfig.cjs.json']) {
  const { status } = spawnSync(process.execPath, [tsc, '-p', project], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
mkdirSync(`${root}dist/cjs`, { recursive: true })
writeFileSync(`${root}dist/cjs/package.json`, '{ "type": "commonjs" }\n')
// npm makes it executable when it installs a tarball, and not when it links a folder
chmodSync(`${root}dist/esm/cli/main.js`, 0o755)

// The test suite on other majors of Node: `node test/packaging/node-versions.mjs [22 24 …]`.
// All but what says the same on every Node: that the documentation compiles, that its examples run, what the page looks
// like, what types say, what the probe sees, the exploration of the pure state machine, long races, how much memory a
// ledger takes, and what the servers of databases do. Of each store that has one, its writes over HTTP are run; SQLite's are run whole, for one
// of its drivers is Node's own.
// The binaries come as npm packages, into a folder of their own; this project's node_modules stays as it is.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { cleanEnvironment, must, root, temporaryFolder } from './support.mjs'

const majors = process.argv.length > 2 ? process.argv.slice(2) : ['22', '24']
const binaries = `node-${process.platform}-${process.arch}`
const same = [
  'test/docs/**',
  'test/page/**',
  'test/races/**',
  'test/core/exploration.test.ts',
  'test/client/hot-key.test.ts',
  'test/examples/**',
  'test/bench/**',
  'test/express/types-none.test.ts',
  'test/cli/probe.test.ts',
  'test/probe/unknown.test.ts',
  'test/stores/memory-heap.test.ts',
  'test/stores/memory-ledger-property.test.ts',
  'test/stores/sqlite-processes.test.ts',
  'test/stores/{dynamodb,mysql,postgres,redis}-!(http).test.ts',
]
const failed = []

for (const major of majors) {
  const folder = temporaryFolder(`node-${major}`)
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const install = ['install', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts']
  must(`npm install ${binaries}@${major}`, 'npm', [...install, `${binaries}@${major}`], { cwd: folder })

  const node = join(folder, 'node_modules', binaries, 'bin', 'node')
  const environment = cleanEnvironment()
  // Native modules here were built for this Node: elsewhere they are named as missing, not failed.
  delete environment.CI
  environment.PATH = dirname(node) + delimiter + (environment.PATH ?? '')
  const options = { cwd: root, env: environment, stdio: 'inherit' }
  console.log(`\nNode ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()}`)
  const excluded = same.flatMap((files) => ['--exclude', files])
  const { status } = spawnSync(node, ['node_modules/vitest/vitest.mjs', 'run', ...excluded], options)
  if (status !== 0) failed.push(major)
}

console.log(failed.length === 0 ? `Node ${majors.join(', ')}: passed` : `Node ${failed.join(', ')}: failed`)
process.exit(failed.length === 0 ? 0 : 1)

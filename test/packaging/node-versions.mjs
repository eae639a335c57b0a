// The test suite on other majors of Node: `node test/packaging/node-versions.mjs [22 24 …]`.
// The binaries come as npm packages, into a folder of their own; this project's node_modules stays as it is.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { cleanEnvironment, must, root, temporaryFolder } from './support.mjs'

const majors = process.argv.length > 2 ? process.argv.slice(2) : ['22', '24']
const binaries = `node-${process.platform}-${process.arch}`
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
  const { status } = spawnSync(node, ['node_modules/vitest/vitest.mjs', 'run'], options)
  if (status !== 0) failed.push(major)
}

console.log(failed.length === 0 ? `Node ${majors.join(', ')}: passed` : `Node ${failed.join(', ')}: failed`)
process.exit(failed.length === 0 ? 0 : 1)

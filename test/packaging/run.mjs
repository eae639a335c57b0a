// What a user gets: packs the tarball, installs it into an empty folder beside Express 5 and beside Express 4,
// and runs the programs of consumers/ there.
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { check, fail, finish, must, root, temporaryFolder } from './support.mjs'

const node = process.execPath
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const consumers = join(root, 'test/packaging/consumers')

const work = temporaryFolder('packaging')
must('npm pack', 'npm', ['pack', '--pack-destination', work])
const tarball = join(work, `${manifest.name}-${manifest.version}.tgz`)

checkAddresses()
checkDocumentation()
check('publint, strict', node, [bin('publint', 'publint'), 'run', tarball, '--strict'])
check('are-the-types-wrong', node, [
  bin('@arethetypeswrong/cli', 'attw'),
  tarball,
  '--no-emoji',
  '--format',
  'ascii',
])
for (const major of [5, 4]) checkConsumers(major)
finish()

function bin(packageName, command) {
  const file = join(root, 'node_modules', packageName, 'package.json')
  const path = createRequire(import.meta.url)(file).bin
  return join(dirname(file), typeof path === 'string' ? path : path[command])
}

/** The three lists of subpaths say the same, and mirror src/. */
function checkAddresses() {
  const title = 'exports, typesVersions, paths and aliases agree'
  const exported = Object.keys(manifest.exports).filter((path) => path !== './package.json')
  const subpaths = exported.filter((path) => path !== '.').map((path) => path.slice(2))
  const paths = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')).compilerOptions.paths
  const aliases = readFileSync(join(root, 'vitest.config.ts'), 'utf8')
  const wrong = [
    ...differences('typesVersions', Object.keys(manifest.typesVersions['*']), subpaths),
    ...differences('tsconfig paths', Object.keys(paths), ['express-if-match', ...subpaths.map(specifier)]),
    ...subpaths
      .filter((path) => !aliases.includes(`\\/${path.replaceAll('/', '\\/')}$/`))
      .map((path) => `vitest alias: ${path} is missing`),
  ]
  if (wrong.length > 0) fail(title, wrong.join('\n'))
  else console.log(`ok   ${title}: ${exported.join(' ')}`)
}

function specifier(subpath) {
  return `express-if-match/${subpath}`
}

function differences(what, found, wanted) {
  return [
    ...wanted.filter((name) => !found.includes(name)).map((name) => `${what}: ${name} is missing`),
    ...found.filter((name) => !wanted.includes(name)).map((name) => `${what}: ${name} is not exported`),
  ]
}

/** Every `express-if-match/…` that the README, the docs or an example imports is a subpath of the package. */
function checkDocumentation() {
  const title = 'every documented subpath is exported'
  const wrong = []
  for (const file of documents()) {
    const text = readFileSync(join(root, file), 'utf8')
    for (const [, subpath] of text.matchAll(/['"`]express-if-match\/([\w./-]+)['"`]/g)) {
      if (manifest.exports[`./${subpath}`] === undefined) wrong.push(`${file}: express-if-match/${subpath}`)
    }
  }
  if (wrong.length > 0) fail(title, wrong.join('\n'))
  else console.log(`ok   ${title}`)
}

function documents() {
  const inFolder = (folder) => {
    try {
      return readdirSync(join(root, folder), { recursive: true }).map((file) => join(folder, file))
    } catch {
      return []
    }
  }
  const top = readdirSync(root)
  return [...top, ...inFolder('docs'), ...inFolder('examples')].filter(
    (file) => /\.(md|ts|mts|js|mjs)$/.test(file) && !file.includes('node_modules'),
  )
}

function checkConsumers(major) {
  const folder = join(work, `express-${major}`)
  mkdirSync(folder)
  cpSync(consumers, folder, { recursive: true })
  cpSync(join(consumers, 'types/app.ts'), join(folder, 'types/app.mts'))
  // No "type": plain CommonJS, where most users are.
  const dependencies = {
    'express-if-match': `file:${tarball}`,
    express: `^${major}`,
    '@types/express': `^${major}`,
    '@types/node': '^20',
    jest: '^30',
    typescript: '^6',
    typescript5: 'npm:typescript@~5.9',
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }, null, 2))

  const on = `Express ${major}: `
  const options = { cwd: folder }
  must(`${on}npm install`, 'npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], options)
  check(`${on}ESM`, node, ['app.mjs'], options)
  check(`${on}CommonJS`, node, ['app.cjs'], options)
  check(`${on}CommonJS without require(esm)`, node, ['--no-experimental-require-module', 'app.cjs'], options)
  check(`${on}every subpath, ESM and CommonJS`, node, ['subpaths.mjs'], options)
  check(
    `${on}every subpath, without require(esm)`,
    node,
    ['--no-experimental-require-module', 'subpaths.mjs'],
    options,
  )
  check(`${on}Jest`, node, ['node_modules/jest/bin/jest.js', '--ci'], options)
  for (const [compiler, project] of [
    ['typescript', 'nodenext'],
    ['typescript', 'bundler'],
    ['typescript', 'node10'],
    ['typescript', 'commonjs'],
    ['typescript5', 'nodenext'],
    ['typescript5', 'bundler'],
    ['typescript5', 'commonjs'],
  ]) {
    const args = [`node_modules/${compiler}/bin/tsc`, '-p', `types/tsconfig.${project}.json`]
    check(`${on}${compiler} ${project}`, node, args, options)
  }
  check(`${on}compiled to CommonJS, run`, node, ['--no-experimental-require-module', 'out/run.js'], options)
}

// Every subpath loads both ways, both give the same names, and the files that it promises are there.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)
const manifest = require('express-if-match/package.json')
const folder = dirname(require.resolve('express-if-match/package.json'))
const names = (exported) =>
  Object.keys(exported)
    .filter((name) => name !== 'default' && name !== 'module.exports')
    .sort()

for (const [subpath, conditions] of Object.entries(manifest.exports)) {
  if (typeof conditions === 'string') continue
  for (const { types, default: file } of Object.values(conditions)) {
    assert.ok(existsSync(join(folder, types)), `${types} is missing`)
    assert.ok(existsSync(join(folder, file)), `${file} is missing`)
  }
  const specifier = join('express-if-match', subpath)
  const imported = names(await import(specifier))
  assert.deepEqual(imported, names(require(specifier)), `${specifier} differs between import and require`)
  assert.ok(imported.length > 0, `${specifier} exports nothing`)
}
for (const file of ['LICENSE', 'README.md', 'CHANGELOG.md']) {
  assert.ok(existsSync(join(folder, file)), `${file} is not in the package`)
}

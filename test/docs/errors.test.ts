import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { KINDS } from '../../src/core/problem.js'

const ROOT = path.resolve(import.meta.dirname, '../..')
const text = (file: string) => readFileSync(path.join(ROOT, file), 'utf8')

it('every coded mistake has a section, and every section a code', () => {
  const declared = [...text('src/core/errors.ts').matchAll(/\| '(ERR_\w+)'/g)].map(([, code]) => code)
  const sections = [...text('docs/errors.md').matchAll(/^## (ERR_\w+)$/gm)].map(([, code]) => code)
  expect(declared.length).toBeGreaterThan(10)
  expect(sections.toSorted()).toEqual(declared.toSorted())
})

it('every problem code is in the README, with its status', () => {
  const readme = text('README.md')
  for (const [code, { status }] of Object.entries(KINDS)) {
    const line = readme.split('\n').find((row) => row.startsWith('|') && row.includes(`\`${code}\``))
    expect(line, code).toContain(String(status))
  }
})

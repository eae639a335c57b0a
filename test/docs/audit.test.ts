import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'

const ROOT = path.resolve(import.meta.dirname, '../..')
const text = (file: string) => readFileSync(path.join(ROOT, file), 'utf8')

it('every code of a finding has a section and a test, and every section a code', () => {
  const declared = [...text('src/audit/findings.ts').matchAll(/^ {2}\| '([a-z-]+)'$/gm)].map(
    ([, code]) => code ?? '',
  )
  const sections = [...text('docs/audit.md').matchAll(/^### ([a-z-]+)$/gm)].map(([, code]) => code ?? '')
  expect(declared.length).toBeGreaterThan(10)
  expect(sections.toSorted()).toEqual(declared.toSorted())
  const tests = ['guards', 'pairs', 'traffic'].map((name) => text(`test/audit/${name}.test.ts`)).join('\n')
  for (const code of declared) expect(tests, code).toContain(`${code} `)
})

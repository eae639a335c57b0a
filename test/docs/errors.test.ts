import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { expect, it } from 'vitest'
import { KINDS } from '../../src/core/problem.js'

const ROOT = path.resolve(import.meta.dirname, '../..')
const text = (file: string) => readFileSync(path.join(ROOT, file), 'utf8')

it('every coded mistake has a section, and every section a code', () => {
  const declared = ['src/core/errors.ts', 'src/client/errors.ts'].flatMap((file) =>
    [...text(file).matchAll(/(?<=\| |^ {2})'(ERR_\w+)'/gm)].map(([, code]) => code),
  )
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

it('every coded mistake names its section in the docs', () => {
  const files = readdirSync(path.join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    // the broken stores are there to fail
    /(?<!broken\/.*)\.ts$/.test(file),
  )
  const silent: string[] = []
  let made = 0
  const visit = (file: string) => (node: ts.Node) => {
    if (ts.isNewExpression(node) && node.expression.getText() === 'IfMatchError') {
      const [code, message] = node.arguments ?? []
      // a message that was made elsewhere is looked for there
      if (
        code !== undefined &&
        ts.isStringLiteral(code) &&
        message !== undefined &&
        !ts.isIdentifier(message)
      ) {
        made += 1
        if (!message.getText().includes(`(${code.text}, see docs/errors.md)`))
          silent.push(`${file}: ${code.text}`)
      }
    }
    ts.forEachChild(node, visit(file))
  }
  for (const file of files)
    visit(file)(ts.createSourceFile(file, text(`src/${file}`), ts.ScriptTarget.Latest, true))
  expect(made).toBeGreaterThan(30)
  expect(silent).toEqual([])
})

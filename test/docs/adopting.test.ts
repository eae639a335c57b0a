import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { KINDS } from '../../src/core/problem.js'

const ROOT = path.resolve(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8')
const text = read('docs/adopting.md')

/** Without the indentation, which a list and a function change. */
const flat = (code: string) =>
  code
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n')

const blocks = [...text.matchAll(/<!-- from: (\S+) -->\s+```\w+\n([\s\S]*?)```/g)].map(
  ([, file = '', code = '']) => [file, flat(code)] as const,
)

describe('docs/adopting.md', () => {
  it('has code of every stack', () => {
    const files = new Set(blocks.map(([file]) => path.basename(file)))
    expect([...files].sort()).toEqual([
      'express4.cjs',
      'front-end.ts',
      'lambda.ts',
      'nestjs.ts',
      'postgres.ts',
      'prisma.ts',
    ])
  })

  it.each(blocks)('shows of %s what is there', (file, code) => {
    expect(flat(read(file))).toContain(code)
  })

  it('says what to do about each reason of a refusal that can be observed', () => {
    const rows = text.split('\n').filter((line) => line.startsWith('| `'))
    // not-found is thrown by the handle, forbidden is real, and a transaction's conflict is the database's own
    const own = ['not-found', 'forbidden', 'transaction-conflict']
    for (const code of Object.keys(KINDS).filter((one) => !own.includes(one)))
      expect(
        rows.some((row) => row.includes(`\`${code}\``)),
        code,
      ).toBe(true)
  })

  it('links to files and headings that are there', () => {
    for (const [, target = ''] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g))
      expect(existsSync(path.join(ROOT, 'docs', target)), target).toBe(true)
    const anchors = [...text.matchAll(/^##+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    )
    for (const [, anchor = ''] of text.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).toContain(anchor)
  })
})

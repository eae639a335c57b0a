import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = path.resolve(import.meta.dirname, '../..')
const text = (file: string) => readFileSync(path.join(ROOT, file), 'utf8')
const page = text('docs/scaling.md')

/** As GitHub names a heading. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
const anchorsOf = (file: string) =>
  [...text(file).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchor(heading ?? ''))

describe('docs/scaling.md', () => {
  it('shows the ledger that the tests run', () => {
    const blocks = [...page.matchAll(/<!-- from: (\S+) -->\s+```ts\n([\s\S]*?)```/g)]
    expect(page.match(/```ts\n/g)).toHaveLength(blocks.length)
    for (const [, file, code] of blocks) expect(code).toBe(text(file ?? ''))
  })

  it('links to what is there', () => {
    const links = [...page.matchAll(/\]\(([^)]+)\)/g)].map(([, to]) => to ?? '')
    expect(links.length).toBeGreaterThan(8)
    for (const link of links) {
      const [file = '', heading] = link.split('#')
      const target = file === '' ? 'docs/scaling.md' : path.join('docs', file)
      // written by the bench
      expect(existsSync(path.join(ROOT, target)), link).toBe(true)
      if (heading !== undefined) expect(anchorsOf(target), link).toContain(heading)
    }
  })

  it('names sections of the bench that there are', () => {
    const table = page.slice(page.indexOf('## What is carried'), page.indexOf('**Processes.**'))
    const named = [...table.matchAll(/\| `([a-z-]+)` \|$/gm)].map(([, name]) => name ?? '')
    expect(named.length).toBeGreaterThan(4)
    // read and not imported: a section may want a package that is not there
    const index = text('bench/sections/index.ts')
    for (const name of named) expect(index).toMatch(new RegExp(`^ {2}'?${name}'?[:,]`, 'm'))
  })
})

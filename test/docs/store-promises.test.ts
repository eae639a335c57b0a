import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { storePromises } from './store-promises.js'

const README = path.resolve(import.meta.dirname, '../../README.md')

/** Cells without the spaces that a formatter puts around them. */
const plain = (table: string) =>
  table
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim().replace(/^-+$/, '-')))

it('the README shows what each store says of itself', async () => {
  const shown = /<!-- stores -->\n([\s\S]*?)\n<!-- \/stores -->/.exec(readFileSync(README, 'utf8'))?.[1]
  const said = await storePromises()
  expect(plain(shown ?? ''), `put this between the marks in the README:\n${said}`).toEqual(plain(said))
})

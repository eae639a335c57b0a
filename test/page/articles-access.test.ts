import { beforeEach, expect } from 'vitest'
import type { Locator, Page } from './browser.js'
import { becomes, inBrowser, press, twoEditors } from './two-editors.js'

const { describe, it } = inBrowser

describe('the page of two editors, for everyone', () => {
  const { opened, collide } = twoEditors()
  let page: Page
  let ada: Locator
  let ben: Locator
  beforeEach(() => {
    ;({ page, ada, ben } = opened())
  })

  it('shows what was written as text, never as markup', async () => {
    const hostile = '<img src=x onerror="document.title=1"><script>document.title=1</script>'
    await collide(['Text', hostile], ['Text', `${hostile} too`])
    expect(await ben.locator('.version').locator('img, script').count()).toBe(0)
    expect((await ben.locator('.version.theirs').innerText()).replaceAll('\n', '')).toContain(hostile)
    expect(await page.evaluate('document.title')).toBe('Two editors, one article')
  })

  it('works from the keyboard, and moves the focus to what has to be decided', async () => {
    const focused = () => page.evaluate<string>('document.activeElement.textContent')
    await ada.getByLabel('Title').fill('By Ada')
    await ada.getByLabel('Title').press('Enter')
    await becomes(ada, 'Saved')
    expect(await page.evaluate('document.activeElement.name')).toBe('title')
    await ben.getByLabel('Text').fill('By Ben')
    await ben.getByRole('button', { name: 'Save' }).press('Enter')
    await becomes(ben, 'Out of date')
    expect(await focused()).toBe('The article has changed')
    await ben.getByRole('heading', { name: 'The article has changed' }).press('Tab')
    expect(await focused()).toBe('Merge')
    await ben.getByRole('button', { name: 'Merge' }).press('Enter')
    expect(await focused()).toBe('Save')
  })

  it('fits a phone of 375 px in every state, with nothing cut off', async () => {
    await page.setViewportSize({ width: 375, height: 700 })
    const overflow = () =>
      page.evaluate<string[]>(
        `[...document.querySelectorAll('*')].filter((node) => node.getBoundingClientRect().right > 375.5).map((node) => node.outerHTML.slice(0, 80))`,
      )
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375)
    await collide(
      ['Title', `${'By Ada, '.repeat(8)}${'x'.repeat(90)}`],
      ['Title', `${'By Ben, '.repeat(8)}${'y'.repeat(90)}`],
    )
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375)
    expect(await overflow()).toEqual([])
    await press(ben, 'Merge')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375)
    expect(await overflow()).toEqual([])
  })
})

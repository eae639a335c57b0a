import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { startArticles, temporaryDatabase, type ArticlesServer } from '../examples/articles-server.js'
import { requires } from '../support/requires.js'
import { canBrowse, launch, type Browser, type Locator, type Page } from './browser.js'

export const inBrowser = requires(
  'Chromium and playwright-core',
  canBrowse,
  'apt-get install chromium && npm install --no-save playwright-core',
)

/** The page, newly opened on an article of its own, as one test sees it. */
export interface Opened {
  readonly page: Page
  readonly ada: Locator
  readonly ben: Locator
  /** the article's path */
  readonly path: string
}

export type Change = readonly [label: string, text: string]

/**
 * Starts the example and a browser around the tests of a `describe`, and opens the page before each. After each it
 * must have logged no error and asked no other server for anything.
 */
export function twoEditors() {
  const { database, remove } = temporaryDatabase()
  let server: ArticlesServer
  let browser: Browser
  let opened: Opened
  let errors: string[]
  let foreign: string[]

  beforeAll(async () => {
    server = await startArticles({ DATABASE: database })
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
    await server.stop()
    remove()
  })

  beforeEach(async () => {
    const created = await send('POST', '/articles', { title: 'Hours', body: 'Nine to five.' })
    const path = created.headers.get('Location')!
    const page = await browser.newPage()
    errors = []
    foreign = []
    page.on('console', (message) => {
      // the browser itself notes every answer of 400 and more; those are the point of the page
      if (message.type() === 'error' && !/status of (409|404)/.test(message.text()))
        errors.push(message.text())
    })
    page.on('pageerror', (error) => errors.push(error.message))
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url)) foreign.push(request.url())
    })
    await page.goto(`${server.url}/?id=${path.split('/').at(-1)}`)
    const ada = page.getByRole('region', { name: 'Ada' })
    const ben = page.getByRole('region', { name: 'Ben' })
    opened = { page, ada, ben, path }
    await becomes(ben, 'Saved')
  })
  afterEach(async () => {
    await opened.page.close()
    expect(errors).toEqual([])
    expect(foreign).toEqual([])
  })

  /** A request past the page. */
  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    fetch(server.url + path, {
      method,
      headers: { 'Content-Type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })

  /** Ada saves one change, then Ben another, on the same version. */
  async function collide(adas: Change, bens: Change): Promise<void> {
    const { ada, ben } = opened
    await ada.getByLabel(adas[0]).fill(adas[1])
    await ben.getByLabel(bens[0]).fill(bens[1])
    await becomes(ada, 'Unsaved changes')
    await becomes(ben, 'Unsaved changes')
    await press(ada, 'Save')
    await becomes(ada, 'Saved')
    await press(ben, 'Save')
    await becomes(ben, 'Out of date')
  }

  return { opened: () => opened, send, collide }
}

export async function becomes(editor: Locator, state: string): Promise<void> {
  await editor.locator('.badge').getByText(state, { exact: true }).waitFor()
}

export async function press(editor: Locator, name: string): Promise<void> {
  await editor.getByRole('button', { name, exact: true }).click()
}

export function heldTag(editor: Locator): Promise<string> {
  return editor.locator('.held code').innerText()
}

export async function fields(editor: Locator): Promise<string[]> {
  return [await editor.getByLabel('Title').inputValue(), await editor.getByLabel('Text').inputValue()]
}

/** The page's list, newest first, without the two reads at the start: who, method, condition, answer and tag. */
export async function requests(page: Page): Promise<string[][]> {
  const rows = page.locator('#requests tr')
  const names = ['Who', 'Request', 'Condition', 'Answer', 'ETag']
  const columns = await Promise.all(names.map((name) => rows.locator(`[data-label=${name}]`).allInnerTexts()))
  const list = columns[0]!.map((_, index) => columns.map((column) => column[index]!))
  return list.slice(0, -2).map(([who, request, ...rest]) => [who!, request!.replace(/ .*/, ''), ...rest])
}

import cors from 'cors'
import express, { type RequestHandler } from 'express'
import { afterAll, beforeAll, expect } from 'vitest'
import { clientScript } from '../../examples/articles/client-script.js'
import { notesApi, type Note } from '../client/api.js'
import { start } from '../support/http.js'
import { launch, type Browser, type Page } from './browser.js'
import { inBrowser } from './two-editors.js'

const { describe, it } = inBrowser

let browser: Browser
if (inBrowser.available) {
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
  })
}

/** As an API that does not let other origins read its ETag. */
const hiding: RequestHandler = (_req, res, next) => {
  const writeHead = res.writeHead.bind(res) as (...args: unknown[]) => typeof res
  res.writeHead = (...args: unknown[]) => {
    res.removeHeader('Access-Control-Expose-Headers')
    return writeHead(...args)
  }
  next()
}

/** A page of one origin, opened in two tabs, whose client talks to an API of another one. */
async function twoTabs({ hidden = false, cuts = false } = {}) {
  let writes = 0
  const app = express()
  const site = await start(app)
  const allow = cors({ origin: site.url })
  const api = await notesApi({
    represent: (note) => note,
    before: (req, res, next) => {
      // made, and the answer is lost
      if (cuts && req.method === 'PUT' && ++writes % 4 === 0) {
        res.end = () => {
          req.socket.destroy()
          return res
        }
      }
      allow(req, res, hidden ? () => hiding(req, res, next) : next)
    },
  })
  const script = clientScript()
  app.get('/client.js', (_req, res) => void res.type('text/javascript').send(script))
  app.get('/', (_req, res) => void res.type('html').send(`<script type="module">${PAGE(api.url)}</script>`))
  const tabs = await Promise.all([browser.newPage(), browser.newPage()])
  for (const tab of tabs) await tab.goto(site.url)
  return { api, tabs }
}

/** `count(names)` adds each name to the note's text and one to its number; `failed` resolves once a request of the page has failed. */
const PAGE = (api: string): string => `
  import { createClient } from './client.js'
  window.failed = new Promise((resolve) => {
    window.client = createClient({
      baseUrl: ${JSON.stringify(api)},
      firstDelay: 50,
      maxDelay: 200,
      fetch: (url, init) => fetch(url, init).catch((error) => { resolve(); throw error }),
    })
  })
  window.count = (names) => Promise.all(names.map((name) => client.update(
    '/notes/1',
    (note) => ({ ...note, text: note.text + ' ' + name, n: note.n + 1 }),
    { wasMade: (note) => note.text.split(' ').includes(name), attempts: 10000 },
  ).then(() => 'made', (error) => error.code)))
  window.ready = true
`

const names = (tab: string, howMany: number) =>
  Array.from({ length: howMany }, (_, index) => `${tab}${index}`)

const count = (tab: Page, all: readonly string[]) => tab.evaluate<string[]>(`count(${JSON.stringify(all)})`)

async function check(api: Awaited<ReturnType<typeof notesApi>>, all: readonly string[]): Promise<void> {
  const { value } = await api.another().get<Note>('/notes/1')
  expect(value.n).toBe(all.length)
  expect(value.text.split(' ').slice(1).sort()).toEqual([...all].sort())
}

describe('the client in a browser, from another origin', () => {
  it('loses and doubles nothing of two tabs', async () => {
    const { api, tabs } = await twoTabs()
    const [ours, theirs] = [names('a', 10), names('b', 10)]
    const made = await Promise.all([count(tabs[0], ours), count(tabs[1], theirs)])
    expect(made.flat()).toEqual([...ours, ...theirs].map(() => 'made'))
    await check(api, [...ours, ...theirs])
    expect(await tabs[0].evaluate('client.get("/notes/1").then(({ etag }) => etag)')).toMatch(/^"21\./)
    expect(await tabs[0].evaluate('client.get("/notes/1").then(({ value }) => value.n)')).toBe(20)
    expect(api.requests.filter((one) => one.startsWith('GET not "21.'))).toHaveLength(1)
  }, 60_000)

  it('nor of two tabs that lose answers to what was made, are cut off in the middle, and come back', async () => {
    const { api, tabs } = await twoTabs({ cuts: true })
    const [ours, theirs] = [names('a', 10), names('b', 10)]
    const made = Promise.all([count(tabs[0], ours), count(tabs[1], theirs)])
    await browser.setOffline(true)
    await Promise.all(tabs.map((tab) => tab.evaluate('failed')))
    await browser.setOffline(false)
    expect((await made).flat()).toEqual([...ours, ...theirs].map(() => 'made'))
    await check(api, [...ours, ...theirs])
  }, 60_000)

  it('falls back to the version in the body where CORS hides the ETag', async () => {
    const { api, tabs } = await twoTabs({ hidden: true })
    expect(
      await tabs[0].evaluate('client.get("/notes/1").then(({ etag, version }) => [String(etag), version])'),
    ).toEqual(['undefined', 1])
    const [ours, theirs] = [names('a', 5), names('b', 5)]
    await Promise.all([count(tabs[0], ours), count(tabs[1], theirs)])
    await check(api, [...ours, ...theirs])
    // the tag of a read has two parts; that of a conflict's body, which the page may read, has one
    expect(api.requests.filter((one) => /^PUT "\d+\./.test(one))).toEqual([])
  }, 60_000)

  it('throws a conflict where the form was built on an old state, whatever the other tab has read since', async () => {
    const { tabs } = await twoTabs()
    await tabs[0].evaluate('client.get("/notes/1").then((form) => void (window.form = form))')
    await count(tabs[1], ['b'])
    await tabs[0].evaluate('client.get("/notes/1").then(() => undefined)')
    const save = 'client.put(form, { ...form.value, text: "mine" }).then(() => "made", ({ code }) => code)'
    expect(await tabs[0].evaluate(save)).toBe('version-conflict')
  }, 60_000)
})

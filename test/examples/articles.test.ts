import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSettings } from '../../examples/articles/settings.js'
import { startAndEnd, startArticles, temporaryDatabase, type ArticlesServer } from './articles-server.js'

const { database, remove } = temporaryDatabase()
let server: ArticlesServer

beforeAll(async () => {
  server = await startArticles({ DATABASE: database })
})
afterAll(async () => {
  await server.stop()
  remove()
})

function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  return fetch(`${server.url}${path}`, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
}

async function create(title: string): Promise<string> {
  const created = await send('POST', '/articles', { title, body: 'text' })
  expect(created.status).toBe(201)
  // none, or the version's; never a hash that If-Match would not take
  expect(created.headers.get('ETag') ?? '"1"').toBe('"1"')
  return created.headers.get('Location')!
}

/** The JSON of an answer, as the test at hand expects it. */
async function json<T = Record<string, unknown>>(answer: Response | Promise<Response>): Promise<T> {
  return (await (await answer).json()) as T
}

async function tagOf(path: string): Promise<string> {
  return (await send('GET', path)).headers.get('ETag')!
}

/** What a curl line asks for; throws where the line has an option that this does not know. */
function curl(line: string): Promise<Response> {
  const options = line.matchAll(
    / (?:-i|-X (?<method>\w+)|-H '(?<name>[^:']+): (?<value>[^']+)'|-d '(?<data>[^']+)')/g,
  )
  const url = / (?<url>http:\S+)/.exec(line)!.groups!.url!
  const request: { method: string; headers: Record<string, string>; body?: string } = {
    method: 'GET',
    headers: {},
  }
  let known = `curl ${url}`.length
  for (const { 0: text, groups } of options) {
    known += text.length
    if (groups?.method !== undefined) request.method = groups.method
    if (groups?.name !== undefined) request.headers[groups.name] = groups.value!
    if (groups?.data !== undefined) request.body = groups.data
  }
  expect(known, `all of ${line} is understood`).toBe(line.length)
  return fetch(url, request)
}

describe('examples/articles, started', () => {
  it('prints three curl lines: a read, a write that wins, and the same write refused', async () => {
    const lines = server.welcome.split('\n').filter((line) => line.startsWith('curl '))
    expect(lines).toHaveLength(3)
    const [read, write, again] = lines as [string, string, string]
    expect(again).toBe(write)

    const article = await curl(read)
    expect([article.status, article.headers.get('ETag')]).toEqual([200, expect.stringMatching(/^"1\..+"$/)])
    const won = await curl(write)
    expect([won.status, won.headers.get('ETag')]).toEqual([200, '"2"'])
    const refused = await curl(again)
    expect([refused.status, refused.headers.get('ETag')]).toEqual([409, null])
    expect(refused.headers.get('Content-Type')).toContain('application/problem+json')
    expect(await json(refused)).toMatchObject({
      code: 'version-conflict',
      resource: 'articles/2',
      current: { etag: '"2"', representation: { id: 2, version: 2, body: 'Please be quiet, and kind.' } },
    })
  })

  it('lets exactly one of 20 concurrent PUTs with one tag through', async () => {
    const path = await create('race')
    for (let round = 0; round < 10; round++) {
      const tag = await tagOf(path)
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, writer) =>
          send('PUT', path, { title: 'race', body: `${round}.${writer}` }, { 'If-Match': tag }),
        ),
      )
      const statuses = answers.map(({ status }) => status).sort()
      expect(statuses).toEqual([200, ...Array.from({ length: 19 }, () => 409)])
      const winner = answers.find(({ status }) => status === 200)!
      expect(await json(send('GET', path))).toEqual(await json(winner))
    }
  })

  it('knows an article by one number, however it is written', async () => {
    const path = await create('one')
    const written = path.replace('/articles/', '/articles/0')
    const tag = await tagOf(written)
    expect(tag).toBe(await tagOf(path))
    const change = { title: 'one', body: 'changed' }
    expect((await send('PUT', path, change, { 'If-Match': tag })).status).toBe(200)
    expect((await send('PUT', written, change, { 'If-Match': tag })).status).toBe(409)
  })

  it('reads, patches and deletes under the tag', async () => {
    const path = await create('life')
    const tag = await tagOf(path)
    expect((await send('GET', path, undefined, { 'If-None-Match': tag })).status).toBe(304)
    expect((await send('PATCH', path, { title: 'longer life' })).status).toBe(428)
    const patched = await send('PATCH', path, { title: 'longer life' }, { 'If-Match': tag })
    expect(await json(patched)).toMatchObject({ title: 'longer life', body: 'text' })
    expect((await send('GET', path, undefined, { 'If-None-Match': tag })).status).toBe(200)
    expect((await send('DELETE', path, undefined, { 'If-Match': tag })).status).toBe(409)
    const last = await tagOf(path)
    expect((await send('DELETE', path, undefined, { 'If-Match': last })).status).toBe(204)
    expect((await send('GET', path)).status).toBe(404)
    const gone = await send('PUT', path, { title: 'back', body: '' }, { 'If-Match': last })
    expect([gone.status, (await json(gone)).reason]).toEqual([409, 'gone'])
    const list = await json<{ id: number }[]>(send('GET', '/articles'))
    expect(list.map(({ id }) => `/articles/${id}`)).not.toContain(path)
    // the number is not given out again, so the tag cannot come to life again
    expect(await create('next')).not.toBe(path)
  })

  it.each([
    ['a title of spaces', { title: '  ', body: '' }, 422, 'title'],
    ['a body that is no text', { title: 'x', body: 1 }, 422, 'body'],
    ['no fields', {}, 422, 'title'],
    ['what is no JSON', '{"title', 400, undefined],
    ['a text beyond 100 kB', { title: 'x', body: 'x'.repeat(200_000) }, 413, undefined],
  ])('refuses %s in the shape of a problem, without an ETag', async (_, body, status, field) => {
    const path = await create('valid')
    const tag = await tagOf(path)
    for (const [method, target] of [
      ['PUT', path],
      ['POST', '/articles'],
    ] as const) {
      const answer = await send(method, target, body, { 'If-Match': tag })
      const problem = await json<{ status: number; errors: { path: string }[] }>(answer)
      expect([answer.status, problem.status]).toEqual([status, status])
      expect(answer.headers.get('Content-Type')).toContain('application/problem+json')
      expect(answer.headers.get('ETag')).toBeNull()
      if (field !== undefined) expect(problem.errors[0]?.path).toBe(field)
    }
    expect(await tagOf(path)).toBe(tag)
  })

  it('answers 400 or 404 where the number is none', async () => {
    expect((await send('GET', '/articles/first')).status).toBe(404)
    expect(
      (await send('PUT', '/articles/first', { title: 'x', body: '' }, { 'If-Match': '"1"' })).status,
    ).toBe(400)
  })

  it('serves the page, which may load nothing from elsewhere', async () => {
    const page = await send('GET', '/')
    expect(page.headers.get('Content-Security-Policy')).toContain("default-src 'self'")
    expect(await page.text()).toContain('<h1>Two editors, one article</h1>')
  })
})

describe('examples/articles, starting and ending', () => {
  it('keeps articles and versions over a restart, and ends with 0', async () => {
    const own = temporaryDatabase()
    const started: ArticlesServer[] = []
    const start = async () => {
      const next = await startArticles({ DATABASE: own.database })
      started.push(next)
      return next
    }
    try {
      const first = await start()
      const path = '/articles/1'
      const write = (url: string, tag: string) =>
        fetch(url + path, {
          method: 'PUT',
          headers: { 'If-Match': tag, 'Content-Type': 'application/json' },
          body: '{"title":"kept","body":""}',
        })
      expect((await write(first.url, '"1"')).status).toBe(200)
      expect(await first.stop()).toBe(0)

      const second = await start()
      const read = await fetch(second.url + path)
      expect(await json(read)).toEqual({ id: 1, title: 'kept', body: '', version: 2 })
      expect((await write(second.url, '"1"')).status).toBe(409)
      expect((await write(second.url, read.headers.get('ETag')!)).status).toBe(200)
      expect(await second.stop()).toBe(0)
    } finally {
      await Promise.all(started.map((one) => one.stop()))
      own.remove()
    }
  })

  it('names a taken port, and another one, in one line', async () => {
    const { port } = new URL(server.url)
    const other = temporaryDatabase()
    const { code, stderr } = await startAndEnd({ PORT: port, DATABASE: other.database })
    other.remove()
    expect(code).toBe(1)
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(new RegExp(`^Port ${port} is taken .* PORT=\\d+ npm start$`)),
    ])
  })

  it('refuses a PORT that is none, in one line', async () => {
    const { code, stderr } = await startAndEnd({ PORT: 'http', DATABASE: database })
    expect(code).toBe(1)
    expect(stderr).toBe('PORT is "http". Give a whole number from 0 to 65535: PORT=3000 npm start\n')
  })

  it('takes a port from 0 to 65535, and a path', () => {
    expect(readSettings({})).toEqual({ port: 3000, database: 'articles.db' })
    expect(readSettings({ PORT: '65535', DATABASE: 'a' })).toEqual({ port: 65535, database: 'a' })
    for (const PORT of ['-1', '65536', '3000.5', '', '1e3', '٣'])
      expect(() => readSettings({ PORT })).toThrow(/^PORT is/)
    expect(() => readSettings({ DATABASE: '' })).toThrow(/^DATABASE is empty/)
  })

  it('names a database that cannot be opened', async () => {
    const { code, stderr } = await startAndEnd({ PORT: '0', DATABASE: `${database}-missing/articles.db` })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^The database ".*" cannot be opened: .* DATABASE=\/tmp\/articles.db npm start\n$/)
  })
})

import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import jsonServer from 'json-server'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import type { Server } from 'node:http'
import { initialData } from '../../examples/existing-api/data.js'
import { ifMatch } from '../../src/index.js'
import { send } from './client.js'
import { random, rounds } from './seed.js'

/** Lists, pages of lists, embedded children, expanded parents, one thing alone, and one under a second name. */
const READS = [
  '/articles',
  '/articles?_limit=1',
  '/articles?_embed=comments',
  '/articles/1',
  '/articles/2',
  '/articles/1?_embed=comments',
  '/articles/1/comments',
  '/comments',
  '/comments/1?_expand=article',
  '/comments/2',
  '/comments/3',
  '/profile',
  '/me',
  '/db',
]

type Write = readonly [method: string, path: string, body?: object]

// few values, so that a state returns that has been there before; few ids, so that what was deleted comes again
const text = fc.constantFrom('a', 'b')
const id = fc.integer({ min: 1, max: 3 })
const write: fc.Arbitrary<Write> = fc.oneof(
  fc.tuple(
    fc.constantFrom('PUT', 'PATCH'),
    id.map((n) => `/articles/${n}`),
    fc.record({ title: text }),
  ),
  fc.tuple(
    fc.constantFrom('PUT', 'PATCH'),
    id.map((n) => `/comments/${n}`),
    fc.record({ text, articleId: id }),
  ),
  fc.tuple(fc.constantFrom('PUT', 'PATCH', 'POST'), fc.constant('/profile'), fc.record({ name: text })),
  fc.tuple(fc.constant('POST'), fc.constant('/articles'), fc.record({ title: text, id })),
  fc.tuple(fc.constant('POST'), fc.constant('/comments'), fc.record({ text, articleId: id })),
  fc.tuple(
    fc.constant('POST'),
    id.map((n) => `/articles/${n}/comments`),
    fc.record({ text }),
  ),
  // deletes the comments of the article, too
  fc.tuple(
    fc.constant('DELETE'),
    id.map((n) => `/articles/${n}`),
  ),
  fc.tuple(
    fc.constant('DELETE'),
    id.map((n) => `/comments/${n}`),
  ),
)
const step = fc.oneof(
  { arbitrary: fc.record({ read: fc.constantFrom(...READS), head: fc.boolean() }), weight: 3 },
  { arbitrary: fc.record({ write, conditional: fc.boolean() }), weight: 2 },
)

let server: Server
let origin = ''
// one server for all, since each walk would otherwise open a port; the API behind it is new for each walk
let api = newApi()
const figures = { reads: 0, notModified: 0, writes: 0, refused: 0 }

function newApi() {
  const app = jsonServer.create()
  app.use(ifMatch())
  app.use(jsonServer.rewriter({ '/me': '/articles/1?_embed=comments' }))
  app.use(jsonServer.router(initialData()))
  return app
}

beforeAll(async () => {
  const app = jsonServer.create()
  app.use((req, res) => {
    api(req, res)
  })
  server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})
beforeEach(() => {
  // json-server prints its own errors, such as that of an id that is taken
  vi.spyOn(console, 'error').mockReturnValue()
  Object.assign(figures, { reads: 0, notModified: 0, writes: 0, refused: 0 })
})

/** What a cache keeps of each address: every answer it has ever had, by its entity tag. */
type Cache = Map<string, Map<string, string>>

async function readThrough(cache: Cache, path: string, head: boolean): Promise<void> {
  const kept = cache.get(path) ?? new Map<string, string>()
  cache.set(path, kept)
  const url = origin + path
  const tags = [...kept.keys()]
  const headers = tags.length === 0 ? {} : { 'If-None-Match': tags.join(', ') }
  // nothing is written meanwhile, so both see the same state
  const [answer, fresh] = await Promise.all([send(head ? 'HEAD' : 'GET', url, headers), send('GET', url)])
  const { etag } = answer.headers
  figures.reads++
  if (answer.status === 304) {
    figures.notModified++
    expect(kept.get(etag!), `304 for ${path}`).toBe(fresh.body)
    expect(answer.headers['x-total-count']).toBe(fresh.headers['x-total-count'])
  } else {
    expect(answer.status).toBe(fresh.status)
    // what the cache has already would have been a 304: the tag is new, or was never given out for this body
    if (etag !== undefined) expect(tags).not.toContain(etag)
  }
  // of several reads that find again what was deleted, one finds it first, and the others have no tag
  if (etag !== undefined && fresh.headers.etag !== undefined) expect(etag).toBe(fresh.headers.etag)
  if (etag !== undefined) kept.set(etag, fresh.body)
}

async function change([method, path, body]: Write, conditional: boolean): Promise<void> {
  const tag = conditional ? (await send('GET', origin + path)).headers.etag : undefined
  const { status } = await send(method, origin + path, tag === undefined ? {} : { 'If-Match': tag }, body)
  figures.writes++
  if (status >= 400) figures.refused++
  // one after the other, each with the tag of this moment: nothing conflicts
  expect(status, `${method} ${path}`).not.toBe(409)
}

it(
  'no 304 is stale: not for a list, an embedded child, a second name, nor after a cascade',
  { timeout: 600 * rounds(200) },
  async () => {
    const { seed } = random()
    const walks = Math.ceil(rounds(200) / 8)
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }), async (steps) => {
        api = newApi()
        const cache: Cache = new Map()
        for (const one of steps) {
          if ('read' in one) await readThrough(cache, one.read, one.head)
          else await change(one.write, one.conditional)
        }
        // whatever the walk has made of it
        await Promise.all(READS.map((path) => readThrough(cache, path, false)))
      }),
      { seed, numRuns: walks },
    )
    console.log(`${walks} walks, seed ${seed}:`, figures)
    expect(figures.notModified).toBeGreaterThan(walks)
  },
)

import { createClient } from 'express-if-match/client'
import { describe, expect, it } from 'vitest'

/* What goes into the body of a write, and what is taken from that of an answer. */

const url = 'http://api.test/1'

/** The bodies that were sent by the client that `use` gets. */
async function sentBy(
  use: (client: ReturnType<typeof createClient>) => Promise<unknown>,
): Promise<unknown[]> {
  const sent: unknown[] = []
  const fetch: typeof globalThis.fetch = (_url, init) => {
    sent.push(init?.body)
    return Promise.resolve(new Response('{}', { headers: { etag: '"2"' } }))
  }
  await use(createClient({ fetch }))
  return sent
}

describe('the body of a write', () => {
  it('with the version in it is what toJSON gives', async () => {
    class Note {
      readonly secret = 'kept'
      toJSON() {
        return { text: 'shown' }
      }
    }
    const own = { text: 'shown', toJSON: () => ({ text: 'own' }) }
    const base = { url, version: 1 }
    const sent = await sentBy(async (client) => {
      await client.put(base, new Note())
      await client.put(base, own)
    })
    expect(sent).toEqual(['{"text":"shown","version":1}', '{"text":"own","version":1}'])
  })

  it.each([
    ['null', null],
    ['a date', new Date(0)],
    ['a list', [1]],
    ['a text', 'text'],
  ])('takes no version where it is %s', async (_what, body) => {
    const refused = { code: 'ERR_NO_VALIDATOR' }
    const sent = await sentBy((client) =>
      expect(client.put({ url, version: 1 }, body)).rejects.toMatchObject(refused),
    )
    expect(sent).toEqual([])
  })

  it.each([
    ['a form', new FormData()],
    ['a map', new Map([['text', 'lost']])],
    ['parameters', new URLSearchParams('text=lost')],
    ['a blob', new Blob(['lost'])],
    ['a function', () => 'lost'],
  ])('is refused where JSON has nothing of it: %s', async (_what, body) => {
    const sent = await sentBy((client) =>
      expect(client.put({ url, etag: '"1"' }, body)).rejects.toMatchObject({ code: 'ERR_OPTION' }),
    )
    expect(sent).toEqual([])
  })

  it('may be an object without members', async () => {
    const none: unknown = Object.create(null)
    expect(await sentBy((client) => client.put({ url, etag: '"1"' }, none))).toEqual(['{}'])
  })
})

describe('a version in the body of an answer', () => {
  it.each(['9007199254740995', '-9007199254740993', '1e999'])(
    'is none where JSON has rounded it to another: %s',
    async (version) => {
      const answer = `{"version":${version}}`
      const client = createClient({ fetch: () => Promise.resolve(new Response(answer)) })
      expect((await client.get(url)).version).toBeUndefined()
    },
  )

  it('may be the largest that JSON keeps', async () => {
    const client = createClient({
      fetch: () => Promise.resolve(new Response('{"version":9007199254740991}')),
    })
    expect((await client.get(url)).version).toBe(9007199254740991)
  })
})

describe('a 304 that nobody has asked for', () => {
  it('is an error, and no representation', async () => {
    const answers = [
      new Response(null, { status: 204, headers: { etag: '"2"' } }),
      new Response(null, { status: 304 }),
    ]
    const client = createClient({ fetch: () => Promise.resolve(answers.shift()!) })
    await client.put({ url, etag: '"1"' }, {})
    await expect(client.get(url)).rejects.toMatchObject({ code: 'ERR_STATUS', status: 304 })
  })
})

describe('an update that goes on from what a conflict shows', () => {
  const tagged = (body: string, n: number) => new Response(body, { headers: { etag: `"${n}"` } })
  const conflict = (representation: unknown) => {
    const problem = {
      type: 'urn:express-if-match:problem:version-conflict',
      title: 'Version conflict',
      status: 412,
      code: 'version-conflict',
      reason: 'stale',
      detail: 'Somebody was faster.',
      retryable: true,
      applied: 'no',
      resolution: [],
      retryAfterMs: 0,
      current: { etag: '"2"', representation },
    }
    return new Response(JSON.stringify(problem), { status: 412 })
  }

  it.each([
    ['the same members of the same types', '{"n":10,"of":null}', { n: 11, of: null }, false],
    ['a number as text', '{"n":10}', { n: '11' }, true],
    ['less', '{"n":10,"text":"kept"}', { n: 11 }, true],
    ['less of what was not there', '{"n":10,"by":null}', { n: 11, by: { id: 1 } }, true],
    ['less in a list that was empty', '{"n":10,"all":[]}', { n: 11, all: [{ id: 1 }] }, true],
  ])('reads again unless that has what the read has: %s', async (_what, read, shown, again) => {
    const sent: string[] = []
    const answers = [tagged(read, 1), conflict(shown)]
    if (again) answers.push(tagged(read.replace('10', '11'), 2))
    answers.push(tagged('{}', 3))
    const client = createClient({
      fetch: (_url, init) => {
        sent.push(init?.method === 'PUT' ? (init.body as string) : 'GET')
        return Promise.resolve(answers.shift()!)
      },
    })
    await client.update<{ n: number }>(url, (row) => ({ ...row, n: row.n + 1 }))
    expect(sent.filter((one) => one === 'GET')).toHaveLength(again ? 2 : 1)
    expect(JSON.parse(sent.at(-1)!)).toMatchObject({ n: 12 })
  })
})

describe('the state that a tag stands for', () => {
  it.each([
    ['times with fractions of a second', '"2026-11-29T00:00:00.100Z"', '"2026-11-29T00:00:00.900Z"'],
    ['tags without quotes', '1', '2'],
  ])('is the whole of a tag that is not the library’s: %s', async (_what, first, second) => {
    const answers = [
      new Response('{"n":1}', { headers: { etag: first } }),
      new Response(null, { status: 412 }),
      new Response('{"n":5}', { headers: { etag: second } }),
      new Response('{}', { headers: { etag: '"3"' } }),
    ]
    const sent: (string | null)[] = []
    const client = createClient({
      firstDelay: 0,
      fetch: (_url, init) => {
        if (init?.method === 'PUT') sent.push(new Headers(init.headers).get('if-match'))
        return Promise.resolve(answers.shift()!)
      },
    })
    await client.update<{ n: number }>(url, ({ n }) => ({ n: n + 1 }))
    expect(sent).toEqual([first, second])
  })
})

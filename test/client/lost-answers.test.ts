import type { RequestHandler } from 'express'
import { createClient } from 'express-if-match/client'
import { describe, expect, it } from 'vitest'
import { notesApi, type Note } from './api.js'
import { answering } from './network.js'

const more = (note: Note): Note => ({ ...note, n: note.n + 1 })

/** Cuts the connection of the first write of a method: as it arrives, or when it has been made. */
function cutting(
  method: string,
  when: 'before' | 'after',
  meanwhile?: () => Promise<unknown>,
): RequestHandler {
  let cut = false
  return (req, res, next) => {
    if (cut || req.method !== method) {
      next()
      return
    }
    cut = true
    if (when === 'before') {
      void Promise.resolve(meanwhile?.()).then(() => req.socket.destroy())
      return
    }
    res.end = () => {
      void Promise.resolve(meanwhile?.()).then(() => req.socket.destroy())
      return res
    }
    next()
  }
}

describe('a write whose answer was lost', () => {
  it('is sent again, the same with the same key, where it had not arrived', async () => {
    const { client, requests, keys } = await notesApi({ before: cutting('PUT', 'before') })
    const { value } = await client.update<Note>('/notes/1', more)
    expect(value).toMatchObject({ n: 1, version: 2 })
    const [first, second] = requests.filter((one) => one.startsWith('PUT'))
    expect(second).toBe(first)
    expect(keys[1]).toBe(keys[0])
  })

  it.each(['PUT', 'PATCH'] as const)(
    'is not made twice where a %s had been made, and nothing tells',
    async (method) => {
      const { client } = await notesApi({ before: cutting(method, 'after') })
      await expect(client.update('/notes/1', more, { method })).rejects.toMatchObject({
        code: 'ERR_OUTCOME_UNKNOWN',
        versions: { mine: { n: 1 }, theirs: { value: { n: 1, version: 2 } } },
      })
      expect((await client.get<Note>('/notes/1')).value.n).toBe(1)
    },
  )

  it('counts as made where the application recognises it', async () => {
    const { client } = await notesApi({ before: cutting('PUT', 'after') })
    const wasMade = (theirs: Note, mine: unknown) => theirs.text === (mine as Note).text
    const change = (note: Note) => ({ ...more(note), text: 'by 4711' })
    expect(await client.update('/notes/1', change, { wasMade })).toMatchObject({
      status: 200,
      value: { n: 1 },
    })
    expect((await client.get<Note>('/notes/1')).value.version).toBe(2)
  })

  it('is made anew where the application sees that it was another’s', async () => {
    const other = createClient({})
    let url = ''
    const before = cutting('PUT', 'before', () =>
      other.update<Note>(url, (note) => ({ ...more(note), text: 'other' })),
    )
    const api = await notesApi({ before })
    url = `${api.url}/notes/1`
    const wasMade = (theirs: Note) => theirs.text === 'by 4711'
    const change = (note: Note) => ({ ...more(note), text: 'by 4711' })
    expect(await api.client.update(url, change, { wasMade })).toMatchObject({
      value: { n: 2, text: 'by 4711' },
    })
  })

  it('is not recognised by what it would be alike: two counts from 0 to 1 are two', async () => {
    const other = createClient({})
    let url = ''
    const api = await notesApi({ before: cutting('PUT', 'before', () => other.update(url, more)) })
    url = `${api.url}/notes/1`
    await expect(api.client.update(url, more)).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' })
    expect((await other.get<Note>(url)).value.n).toBe(1)
  })

  it('is unknown while the state that it names still stands: it may be on its way', async () => {
    const state = { status: 200, body: '{"n":1}', headers: { etag: '"1"' } }
    const client = createClient({ attempts: 1, fetch: answering([state, { status: 504 }, state]) })
    const wasMade = () => true
    await expect(client.update('http://api.test/1', more as never, { wasMade })).rejects.toMatchObject({
      code: 'ERR_OUTCOME_UNKNOWN',
    })
  })

  it.each([408, 502, 503, 504])('may be behind a gateway’s %i: its own conflict is none', async (status) => {
    const state = (n: number) => ({ status: 200, body: `{"n":${n}}`, headers: { etag: `"${n}"` } })
    const answers = [state(1), { status }, { status: 412 }, state(2), state(3)]
    const client = createClient({ firstDelay: 1, fetch: answering(answers) })
    await expect(client.update('http://api.test/1', more as never)).rejects.toMatchObject({
      code: 'ERR_OUTCOME_UNKNOWN',
    })
  })

  it('keeps the refusal as its cause', async () => {
    const { client } = await notesApi({ before: cutting('PUT', 'after') })
    const note = await client.get<Note>('/notes/1')
    await expect(client.put(note, more(note.value))).rejects.toMatchObject({
      code: 'ERR_OUTCOME_UNKNOWN',
      cause: { code: 'version-conflict' },
    })
  })

  it('of a DELETE is made where nothing is there any more, and unknown where something is', async () => {
    const { client } = await notesApi({ before: cutting('DELETE', 'after') })
    await client.remove(await client.get('/notes/1'))
    await expect(client.get('/notes/1')).rejects.toMatchObject({ status: 404 })

    const other = createClient()
    let url = ''
    const tried = await notesApi({ before: cutting('DELETE', 'before', () => other.update(url, more)) })
    url = `${tried.url}/notes/1`
    await expect(tried.client.remove(await tried.client.get(url))).rejects.toMatchObject({
      code: 'ERR_OUTCOME_UNKNOWN',
    })
  })

  it('of a creation is unknown where something is there, unless the application recognises it', async () => {
    const mine = { text: 'mine', n: 0 }
    const lost = await notesApi({ before: cutting('PUT', 'after') })
    await expect(lost.client.create('/notes/2', mine)).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' })
    const known = await notesApi({ before: cutting('PUT', 'after') })
    const wasMade = (theirs: typeof mine) => theirs.text === mine.text
    expect(await known.client.create('/notes/2', mine, { wasMade })).toMatchObject({ value: { id: '2' } })
  })
})

describe('answers after which the same request may be made', () => {
  const state = { status: 200, body: '{"n":1}', headers: { etag: '"1"' } }
  const done = { status: 204, headers: { etag: '"2"' } }
  const problem = (code: string, status: number, applied = 'no') => ({
    status,
    body: JSON.stringify({
      type: '',
      title: '',
      detail: '',
      code,
      status,
      applied,
      retryable: true,
      resolution: [],
      retryAfterMs: 1,
    }),
  })

  it.each([
    [problem('write-in-progress', 409)],
    [problem('transaction-conflict', 409)],
    [problem('store-unavailable', 503)],
    [{ status: 429 }],
    [{ status: 503, headers: { 'retry-after': '0' } }],
    [{ status: 502 }],
  ])('%j', async (refusal) => {
    const client = createClient({ firstDelay: 1, fetch: answering([state, refusal, done]) })
    let asked = 0
    const { etag } = await client.update('http://api.test/1', (now) => (asked++, now))
    expect([etag, asked]).toEqual(['"2"', 1])
  })

  it('a POST is sent again only where the API says that it did nothing', async () => {
    const url = 'http://api.test/notes'
    const options = { method: 'POST' } as const
    const made = { status: 201, headers: { etag: '"1"', location: '/notes/1' } }
    const again = createClient({ firstDelay: 1, fetch: answering([problem('store-unavailable', 503), made]) })
    expect(await again.create(url, {}, options)).toMatchObject({ url: 'http://api.test/notes/1' })
    const unknown = createClient({ fetch: answering([problem('outcome-unknown', 500, 'unknown')]) })
    await expect(unknown.create(url, {}, options)).rejects.toMatchObject({ code: 'ERR_OUTCOME_UNKNOWN' })
    const busy = createClient({ fetch: answering([{ status: 429 }]) })
    await expect(busy.create(url, {}, options)).rejects.toMatchObject({ code: 'ERR_STATUS', status: 429 })
  })

  it('an unknown outcome is not a success, nor a reason to apply the change again', async () => {
    const other = { status: 200, body: '{"n":5}', headers: { etag: '"5"' } }
    const answers = [
      state,
      problem('outcome-unknown', 500, 'unknown'),
      { ...problem('version-conflict', 409) },
      other,
      other,
    ]
    const client = createClient({ firstDelay: 1, fetch: answering(answers) })
    let asked = 0
    const update = client.update('http://api.test/1', (now) => (asked++, now))
    await expect(update).rejects.toMatchObject({
      code: 'ERR_OUTCOME_UNKNOWN',
      versions: { theirs: { value: { n: 5 } } },
    })
    expect(asked).toBe(1)
  })

  it('a read that fails in passing is made again within an update', async () => {
    const client = createClient({ firstDelay: 1, fetch: answering([{ status: 503 }, state, done]) })
    expect(await client.update('http://api.test/1', (now) => now)).toMatchObject({ etag: '"2"' })
  })
})

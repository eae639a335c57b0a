import { createClient, type Base } from 'express-if-match/client'
import { describe, expect, it } from 'vitest'
import { notesApi, type Note } from './api.js'
import { answering, heldAnswers } from './network.js'

describe('put, patch and remove', () => {
  it('name what they were built on, and what a write left behind can be built on in its turn', async () => {
    const { client, requests } = await notesApi()
    const note = await client.get<Note>('/notes/1')
    const written = await client.put(note, { ...note.value, text: 'Ada' })
    expect(written).toMatchObject({ status: 200, etag: '"2"', value: { text: 'Ada' } })
    const patched = await client.patch<Note>(written, { n: 1 })
    expect(patched).toMatchObject({ status: 204, etag: '"3"', value: undefined })
    await client.remove(patched)
    expect(requests).toEqual(['GET', `PUT ${note.etag}`, 'PATCH "2"', 'DELETE "3"'])
    await expect(client.get('/notes/1')).rejects.toMatchObject({ code: 'not-found', status: 404 })
  })

  it('throw a conflict as the API has answered it, send nothing again, and show what is there', async () => {
    const { client, another, requests } = await notesApi({ represent: (note) => note })
    const note = await client.get<Note>('/notes/1')
    await another().put(note, { ...note.value, text: 'Ada' })
    const mine = { ...note.value, text: 'Ben' }
    const refused = client.put(note, mine)
    await expect(refused).rejects.toMatchObject({
      name: 'ClientError',
      code: 'version-conflict',
      status: 409,
      problem: { reason: 'stale', resource: 'notes/1' },
      versions: { mine, theirs: { etag: '"2"', value: { text: 'Ada' } } },
    })
    expect(requests).toHaveLength(3)
  })

  it('name what the body was built on, however new what the page has read since', async () => {
    const { client, another } = await notesApi()
    const form = await client.get<Note>('/notes/1')
    await another().update<Note>('/notes/1', (note) => ({ ...note, text: 'Ada' }))
    await client.get('/notes/1')
    await expect(client.put(form, { ...form.value, n: 1 })).rejects.toMatchObject({
      code: 'version-conflict',
    })
  })

  it('need something to name', async () => {
    const { client, requests } = await notesApi()
    const url = '/notes/1'
    await expect(client.put({ url }, {})).rejects.toMatchObject({ code: 'ERR_NO_VALIDATOR' })
    await expect(client.patch({ url, version: 1 }, [{ op: 'remove' }])).rejects.toMatchObject({
      code: 'ERR_NO_VALIDATOR',
    })
    expect(requests).toEqual([])
  })

  it('one after the other, where they go to one URL', async () => {
    const network = heldAnswers()
    const client = createClient(network.options)
    const base = { url: 'http://api.test/1', etag: '"1"' }
    const writes = [
      client.put(base, { n: 1 }),
      client.put(base, { n: 2 }),
      client.remove({ ...base, url: 'http://api.test/2' }),
    ]
    await network.asked(2)
    await new Promise(setImmediate)
    expect(network.sent()).toEqual(['PUT http://api.test/1', 'DELETE http://api.test/2'])
    network.answer(0, { status: 204, headers: { etag: '"2"' } })
    await network.asked(3)
    network.answer(1, { status: 204 })
    network.answer(2, { status: 412 })
    expect(await Promise.allSettled(writes)).toMatchObject([
      { status: 'fulfilled' },
      { reason: { status: 412 } },
      { status: 'fulfilled' },
    ])
  })

  it('leave the line at once when their signal is aborted, and are never sent', async () => {
    const network = heldAnswers()
    const client = createClient(network.options)
    const base = { url: 'http://api.test/1', etag: '"1"' }
    const reason = new Error('left')
    const [before, then] = [AbortSignal.abort(reason), new AbortController()]
    const first = client.put(base, { n: 1 })
    await network.asked(1)
    const left = [
      client.put(base, { n: 2 }, { signal: before }),
      client.put(base, { n: 3 }, { signal: then.signal }),
      client.update(base.url, (note) => note, { signal: then.signal }),
    ]
    const last = client.remove(base)
    then.abort(reason)
    for (const one of left) await expect(one).rejects.toBe(reason)
    network.answer(0, { status: 204 })
    await first
    await network.asked(2)
    network.answer(1, { status: 204 })
    await last
    expect(network.sent()).toEqual(['PUT http://api.test/1', 'DELETE http://api.test/1'])
  })

  it('send the version in the body where the page may not read the ETag', async () => {
    const { another } = await notesApi()
    // what a browser hides from another origin unless Access-Control-Expose-Headers names it
    const client = another({
      fetch: async (url, init) => {
        const answer = await fetch(url, init)
        const headers = new Headers(answer.headers)
        headers.delete('etag')
        return new Response(answer.status === 204 ? null : await answer.text(), {
          status: answer.status,
          headers,
        })
      },
    })
    const note = await client.get<Note>('/notes/1')
    expect(note).toMatchObject({ etag: undefined, version: 1 })
    const written = await client.put(note, { ...note.value, version: undefined as never, text: 'Ada' })
    expect(written).toMatchObject({ version: 2 })
    await expect(client.put(note, { ...note.value, text: 'Ben' })).rejects.toMatchObject({
      code: 'version-conflict',
    })
    await client.update<Note>('/notes/1', (current) => ({ ...current, n: current.n + 1 }))
    const last = await client.get<Note>('/notes/1')
    expect(last.value).toMatchObject({ text: 'Ada', n: 1, version: 3 })
    await client.remove(last)
    await expect(client.get('/notes/1')).rejects.toMatchObject({ status: 404 })
  })
})

describe('create', () => {
  it('creates where nothing is, and only there', async () => {
    const { client, requests } = await notesApi()
    const created = await client.create<Partial<Note>>('/notes/2', { text: 'new', n: 0 })
    expect(created).toMatchObject({ status: 201, etag: '"1"' })
    await expect(client.create('/notes/2', { text: 'again' })).rejects.toMatchObject({
      code: 'already-exists',
      status: 412,
    })
    expect(requests).toEqual(['PUT not *', 'PUT not *'])
  })

  it.each([
    ['within the API', '/notes/7', 'http://api.test/notes/7'],
    [
      'elsewhere: credentials do not go where an answer points',
      'http://evil.test/notes/7',
      'http://api.test/notes',
    ],
    ['nowhere', 'http://[', 'http://api.test/notes'],
    ['that is the collection itself', '/notes', 'http://api.test/notes'],
  ])('by POST follows a Location %s', async (_, location, url) => {
    const made = { status: 201, body: '{}', headers: { etag: '"1"', location } }
    const client = createClient({ fetch: answering([made]) })
    const created = await client.create('http://api.test/notes', {}, { method: 'POST' })
    // the tag is that of what was created: with the URL of the collection it would delete or replace that
    const isNamed = url.endsWith('/7')
    expect([created.url, created.etag]).toEqual([url, isNamed ? '"1"' : undefined])
    if (!isNamed) await expect(client.remove(created)).rejects.toMatchObject({ code: 'ERR_NO_VALIDATOR' })
  })

  it('by POST is sent once, for it could be made twice', async () => {
    const { client, requests } = await notesApi({ before: (req) => void req.socket.destroy() })
    const lost = client.create('/notes', { text: 'once' }, { method: 'POST' })
    await expect(lost).rejects.toMatchObject({
      code: 'ERR_OUTCOME_UNKNOWN',
      versions: { mine: { text: 'once' } },
    })
    expect(requests).toEqual(['POST'])
  })
})

describe('what an answer cannot do', () => {
  it('send credentials elsewhere: a redirect is not followed', async () => {
    const elsewhere = await notesApi()
    const { another } = await notesApi({
      before: (_req, res) => {
        res.redirect(307, `${elsewhere.url}/notes/1`)
      },
    })
    const client = another({ headers: { 'X-Api-Key': 'secret' }, attempts: 2 })
    const refused = { code: 'ERR_STATUS', status: 307 }
    await expect(client.get('/notes/1')).rejects.toMatchObject(refused)
    await expect(client.put({ url: '/notes/1', etag: '"1"' }, {})).rejects.toMatchObject(refused)
    expect(elsewhere.requests).toEqual([])
  })

  it('reach a prototype', async () => {
    const body = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"version":1}'
    const sent: string[] = []
    const client = createClient({
      fetch: async (_url, init) => {
        if (init?.method === 'PUT') sent.push(init.body as string)
        return new Response(body)
      },
    })
    await client.update('http://api.test/1', (current) => current)
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
    expect(JSON.parse(sent[0]!)).toEqual(JSON.parse(body))
  })

  it('fake a version by its prototype', async () => {
    const client = createClient({
      bodyVersion: 'constructor',
      fetch: answering([{ status: 200, body: '{}' }]),
    })
    const read: Base = await client.get('http://api.test/1')
    expect(read.version).toBeUndefined()
  })
})

import { createClient } from 'express-if-match/client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { notesApi, type Note } from './api.js'
import { answering } from './network.js'

/** The clock of the client, which goes on only where a test says so. */
let now = 0
beforeEach(() => {
  now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now)
})
afterEach(() => {
  vi.restoreAllMocks()
})

const more = (note: Note): Note => ({ ...note, n: note.n + 1 })

describe('update', () => {
  it('applies the change again to what is there after a conflict', async () => {
    const { client, another, requests } = await notesApi()
    let asked = 0
    const written = await client.update<Note>('/notes/1', async (note) => {
      if (++asked === 1) await another().update('/notes/1', more)
      return more(note)
    })
    expect(written.value).toMatchObject({ n: 2, version: 3 })
    expect(asked).toBe(2)
    expect(requests.filter((one) => one.startsWith('PUT'))).toHaveLength(3)
  })

  it('takes what the conflict shows, without another read', async () => {
    const { client, another, requests } = await notesApi({ represent: (note) => note })
    let asked = 0
    await client.update<Note>(
      '/notes/1',
      async (note) => {
        if (++asked === 1) await another().update('/notes/1', more)
        return more(note)
      },
      { firstDelay: 0 },
    )
    expect(requests.filter((one) => one === 'GET')).toHaveLength(2)
    expect(requests.at(-1)).toBe('PUT "2"')
  })

  it('reads again where the conflict shows less than a read does', async () => {
    const { client, another } = await notesApi({ represent: ({ n }) => ({ n }) })
    let asked = 0
    const written = await client.update<Note>('/notes/1', async (note) => {
      if (++asked === 1) await another().update('/notes/1', more)
      return { ...more(note), text: `${note.text}!` }
    })
    expect(written.value).toMatchObject({ n: 2, text: 'Hello!' })
  })

  it('loses nothing of many clients, nor of one page that does many things at once', async () => {
    const { client, another } = await notesApi({ represent: (note) => note })
    const others = Array.from({ length: 8 }, () => another())
    await Promise.all([client, client, client, ...others].map((one) => one.update('/notes/1', more)))
    expect((await client.get<Note>('/notes/1')).value.n).toBe(11)
  })

  it('a new key for each application of the change, in the form of a structured field', async () => {
    const { client, another, keys } = await notesApi()
    let asked = 0
    await client.update<Note>('/notes/1', async (note) => {
      if (++asked === 1) await another({ idempotencyKey: false }).update('/notes/1', more)
      return more(note)
    })
    expect(keys).toEqual([
      undefined,
      expect.stringMatching(/^"[\w-]{8,}"$/),
      expect.stringMatching(/^"[\w-]{8,}"$/),
    ])
    expect(keys[1]).not.toBe(keys[2])
  })

  it('can send a patch', async () => {
    const { client, requests } = await notesApi()
    const { etag } = await client.update<Note>('/notes/1', ({ n }) => ({ n: n + 1 }) as Note, {
      method: 'PATCH',
    })
    expect(etag).toBe('"2"')
    expect(requests.at(-1)).toMatch(/^PATCH "1\./)
  })

  it('passes on what the change throws, and writes nothing', async () => {
    const { client, requests } = await notesApi()
    const error = new Error('not allowed')
    const refused = client.update('/notes/1', () => {
      throw error
    })
    await expect(refused).rejects.toBe(error)
    await expect(client.update('/notes/1', () => undefined)).rejects.toMatchObject({
      code: 'ERR_OPTION',
    })
    expect(requests.filter((one) => one !== 'GET' && !one.startsWith('GET not'))).toEqual([])
  })
})

describe('update, at its end', () => {
  /** Before each write of `client` somebody else writes. */
  const overtaken = async (options = {}) => {
    const api = await notesApi({ represent: (note) => note })
    const change = async (note: Note) => {
      await api.another().update('/notes/1', more)
      return { ...note, text: `${note.text}!` }
    }
    return { ...api, change, ...options }
  }

  it('throws the conflict after so many tries, with what stood against each other', async () => {
    const { client, change } = await overtaken()
    await expect(client.update<Note>('/notes/1', change, { attempts: 3 })).rejects.toMatchObject({
      code: 'version-conflict',
      versions: { mine: { text: 'Hello!' }, theirs: { value: { n: 3 } } },
    })
  })

  it('or after so much time', async () => {
    const { client, change, requests } = await overtaken()
    await expect(client.update<Note>('/notes/1', change, { timeout: 0 })).rejects.toMatchObject({
      code: 'version-conflict',
    })
    expect(requests.filter((one) => one.startsWith('PUT'))).toHaveLength(2)
  })

  it('or as the signal says', async () => {
    const { client, change } = await overtaken()
    const controller = new AbortController()
    const reason = new Error('left')
    const update = client.update<Note>('/notes/1', change, {
      signal: controller.signal,
      onConflict: () => (controller.abort(reason), 'apply'),
    })
    await expect(update).rejects.toBe(reason)
  })

  it('throws a conflict over what was deleted at once', async () => {
    const { client, another, requests } = await notesApi()
    const update = client.update<Note>('/notes/1', async (note) => {
      await another().remove(await another().get('/notes/1'))
      return more(note)
    })
    await expect(update).rejects.toMatchObject({ code: 'version-conflict', problem: { reason: 'gone' } })
    expect(requests.filter((one) => one.startsWith('PUT'))).toHaveLength(1)
  })

  it('and one over a tag that a proxy weakens each time', async () => {
    const { another, requests } = await notesApi()
    const client = another({
      fetch: async (url, init) => {
        const answer = await fetch(url, init)
        const headers = new Headers(answer.headers)
        headers.set('etag', `W/${headers.get('etag')}`)
        return new Response(await answer.text(), { status: answer.status, headers })
      },
    })
    await expect(client.update('/notes/1', more)).rejects.toMatchObject({
      code: 'version-conflict',
      problem: { reason: 'weak-validator' },
    })
    expect(requests.filter((one) => one.startsWith('PUT'))).toHaveLength(1)
  })

  it('throws a 409 of the application, which has nothing to do with versions', async () => {
    const state = { status: 200, body: '{"title":"a"}', headers: { etag: '"1.x"' } }
    const taken = { status: 409, body: '{"error":"title taken"}' }
    const client = createClient({ firstDelay: 1, fetch: answering([state, taken, state]) })
    await expect(client.update('http://api.test/1', (now) => now)).rejects.toMatchObject({
      code: 'ERR_STATUS',
      status: 409,
    })
  })

  it('goes on after a 412 of another server, if the state has changed', async () => {
    const state = (n: number) => ({ status: 200, body: `{"n":${n}}`, headers: { etag: `"${n}"` } })
    const client = createClient({
      firstDelay: 1,
      fetch: answering([state(1), { status: 412 }, state(2), { status: 204, headers: { etag: '"3"' } }]),
    })
    const applied: unknown[] = []
    await client.update('http://api.test/1', (now) => (applied.push(now), now))
    expect(applied).toEqual([{ n: 1 }, { n: 2 }])
  })
})

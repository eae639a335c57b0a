import { createClient, type ClientOptions } from 'express-if-match/client'
import { describe, expect, it } from 'vitest'
import { notesApi, type Note } from './api.js'
import { answering, heldAnswers } from './network.js'

describe('get', () => {
  it('remembers the entity tag, and shows what it remembers where nothing has changed', async () => {
    const { client, requests } = await notesApi()
    const first = await client.get<Note>('/notes/1')
    expect(first.value).toEqual({ id: '1', text: 'Hello', n: 0, version: 1 })
    first.value.text = 'changed by whoever got it'
    const second = await client.get<Note>('/notes/1#part')
    expect(second).toEqual({ ...first, value: { ...first.value, text: 'Hello' } })
    expect(requests).toEqual(['GET', `GET not ${first.etag}`])
  })

  it('reads the whole after a write, whose answer need not be the representation', async () => {
    const { client, requests } = await notesApi()
    const note = await client.get<Note>('/notes/1')
    await client.put(note, { ...note.value, text: 'Ada' })
    expect((await client.get<Note>('/notes/1')).value).toMatchObject({ text: 'Ada', version: 2 })
    expect(requests.at(-1)).toBe('GET')
  })

  it.each([
    ['a refusal', 404, '{"error":"none"}', 'ERR_STATUS'],
    ['something that is no JSON', 200, '<p>Log in to this network</p>', 'ERR_STATUS'],
  ])('throws on %s', async (_, status, body, code) => {
    const client = createClient({ fetch: answering([{ status, body }]) })
    await expect(client.get('http://api.test/notes/1')).rejects.toMatchObject({ code, status })
  })

  it('throws ERR_NETWORK where no answer comes, and the reason of a signal where that is why', async () => {
    const { client } = await notesApi({ before: (req) => void req.socket.destroy() })
    await expect(client.get('/notes/1')).rejects.toMatchObject({ code: 'ERR_NETWORK', status: 0 })
    const reason = new Error('the page was left')
    await expect(client.get('/notes/1', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  it('ends a request that takes longer than requestTimeout', async () => {
    const { another } = await notesApi({ before: () => {} })
    const client = another({ requestTimeout: 20 })
    await expect(client.get('/notes/1')).rejects.toMatchObject({ code: 'ERR_NETWORK' })
  })
})

describe('answers that overtake each other', () => {
  const tag = (version: number) => ({ etag: `"${version}.x"` })
  const state = (version: number) => ({ status: 200, body: `{"n":${version}}`, headers: tag(version) })
  const url = 'http://api.test/notes/1'

  it('an old answer that comes late does not replace a newer one', async () => {
    const network = heldAnswers()
    const client = createClient(network.options)
    const [old, recent] = [client.get(url), client.get(url)]
    network.answer(1, state(2))
    expect((await recent).value).toEqual({ n: 2 })
    network.answer(0, state(1))
    expect((await old).value).toEqual({ n: 2 })
    void client.get(url)
    await network.asked(3)
    expect(network.condition(2)).toBe('"2.x"')
  })

  it('nor does it replace what a write has left behind: it is read again', async () => {
    const network = heldAnswers()
    const client = createClient(network.options)
    const late = client.get(url)
    const written = client.put({ url, etag: '"1.x"' }, { n: 2 })
    await network.asked(2)
    network.answer(1, { status: 204, headers: { etag: '"2"' } })
    expect((await written).etag).toBe('"2"')
    network.answer(0, state(1))
    await network.asked(3)
    network.answer(2, state(2))
    expect((await late).value).toEqual({ n: 2 })
  })

  it('an old body of the same version does not come back either', async () => {
    const network = heldAnswers()
    const client = createClient(network.options)
    const [old, recent] = [client.get(url), client.get(url)]
    network.answer(1, { status: 200, body: '{"comments":2}', headers: { etag: '"1.b"' } })
    await recent
    network.answer(0, { status: 200, body: '{"comments":1}', headers: { etag: '"1.a"' } })
    expect((await old).value).toEqual({ comments: 2 })
  })

  it('a write made on a state that is known is newer than that, however late its answer comes', async () => {
    const network = heldAnswers()
    const client = createClient(network.options)
    const written = client.put({ url, etag: '"1.x"' }, { n: 2 })
    await network.asked(1)
    const before = client.get(url)
    await network.asked(2)
    network.answer(1, state(1))
    await before
    const late = client.get(url)
    await network.asked(3)
    network.answer(0, { status: 204, headers: { etag: '"2"' } })
    await written
    network.answer(2, state(1))
    await network.asked(4)
    network.answer(3, state(2))
    expect((await late).value).toEqual({ n: 2 })
  })

  it('an old write’s late answer does not bring back what it has left behind', async () => {
    const network = heldAnswers()
    const client = createClient(network.options)
    const written = client.put({ url, etag: '"1.x"' }, { n: 2 })
    await network.asked(1)
    const [old, recent] = [client.get(url), client.get(url)]
    await network.asked(3)
    network.answer(2, state(3))
    await recent
    network.answer(0, { status: 204, headers: { etag: '"2"' } })
    await written
    network.answer(1, state(2))
    await old
    void client.get(url)
    await network.asked(4)
    expect(network.condition(3)).toBe('"3.x"')
  })

  it('forgets the URL that was asked for longest ago, and no late answer brings an old state of it back', async () => {
    const network = heldAnswers()
    const client = createClient(network.options)
    const late = client.get(`${url}?first`)
    for (let other = 1; other <= 501; other++) {
      const read = client.get(`${url}?${other}`)
      await network.asked(other + 1)
      network.answer(other, state(1))
      await read
    }
    void client.get(`${url}?1`)
    await network.asked(503)
    expect(network.condition(502)).toBeNull()
    network.answer(0, state(1))
    await network.asked(504)
    network.answer(503, state(2))
    expect((await late).value).toEqual({ n: 2 })
  })
})

describe('createClient', () => {
  it.each<[string, object]>([
    ['cache', { cache: true }],
    ['fetch', { fetch: 'fetch' }],
    ['bodyVersion', { bodyVersion: true }],
    ['idempotencyKey', { idempotencyKey: 'key' }],
    ['requestTimeout', { requestTimeout: 0 }],
    ['attempts', { attempts: 0 }],
    ['timeout', { timeout: -1 }],
    ['firstDelay', { firstDelay: 1.5 }],
  ])('refuses a wrong %s, and says what is right', (option, options) => {
    expect(() => createClient(options as ClientOptions)).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION',
        message: expect.stringMatching(`^${option}: (give|is no)`) as string,
      }),
    )
  })

  it('refuses what is no URL', async () => {
    const client = createClient()
    await expect(client.get('/notes/1')).rejects.toMatchObject({ code: 'ERR_OPTION' })
  })

  it('sends its headers with each request, asks a function each time, and lets a request change them', async () => {
    const seen: (string | undefined)[] = []
    const { another } = await notesApi({
      before: (req, _res, next) => {
        seen.push(req.headers.authorization)
        next()
      },
    })
    let token = 0
    const client = another({ headers: async () => ({ Authorization: `Bearer ${++token}` }) })
    await client.get('/notes/1')
    await client.get('/notes/1')
    await client.get('/notes/1', { headers: { authorization: 'Bearer own' } })
    await another({ headers: { Authorization: 'fixed' } }).get('/notes/1')
    expect(seen).toEqual(['Bearer 1', 'Bearer 2', 'Bearer own', 'fixed'])
  })
})

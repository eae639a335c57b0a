import express, { type RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { probe, type ProbeOptions } from '../../src/probe/index.js'
import { ARTICLE, articles, guarded, serve } from './apis.js'

const SHORT: ProbeOptions = { rounds: 1, writers: 2 }

/** An API that answers everything so; what it was asked. */
async function answering(handler: RequestHandler): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const app = express().set('etag', false)
  app.use((req, res, next) => {
    asked.push(`${req.method} ${req.originalUrl}`)
    handler(req, res, next)
  })
  return { url: await serve(app), asked }
}

describe('what cannot be told is said, and nothing is written', () => {
  const cases: readonly (readonly [why: RegExp, handler: RequestHandler])[] = [
    [/answered with 401.*Authorization/, (_req, res) => void res.status(401).json({})],
    [/answered with 404/, (_req, res) => void res.status(404).json({})],
    [/redirected \(302\)/, (_req, res) => res.redirect('http://127.0.0.1:1/elsewhere')],
    [/no JSON object/, (_req, res) => void res.json([ARTICLE])],
    [/no JSON object/, (_req, res) => void res.send('<p>hello</p>')],
    [/neither an ETag nor a version/, (_req, res) => void res.json(ARTICLE)],
    [/no text that could be changed/, (_req, res) => void res.set('ETag', '"1"').json({ id: '1', count: 7 })],
    [/more than 1048576 bytes/, (_req, res) => void res.json({ text: 'x'.repeat(1_100_000) })],
  ]
  it.each(cases)('%s', async (why, handler) => {
    const { url, asked } = await answering(handler)
    const result = await probe(url, SHORT)
    expect(result).toMatchObject({ verdict: 'unknown', losses: [], restored: 'not needed', requests: 1 })
    expect(result.why).toMatch(why)
    expect(asked).toEqual(['GET /articles/1'])
  })

  it('where nobody listens', async () => {
    const result = await probe('http://127.0.0.1:1/articles/1', SHORT)
    expect(result.why).toMatch(/no answer: .*ECONNREFUSED/)
  })

  it('where nobody agrees to it', async () => {
    const api = articles(guarded())
    const result = await probe(await serve(api.app), {
      ...SHORT,
      confirm: (plan) => {
        expect(plan).toMatchObject({ method: 'PUT', field: 'title', validator: { kind: 'etag' } })
        return false
      },
    })
    expect(result).toMatchObject({ verdict: 'unknown', restored: 'not needed' })
    expect(api.written).toEqual([])
  })
})

describe('a write that is not taken', () => {
  const refusing = (status: number) => {
    const api = articles((req, res, next) =>
      req.method === 'GET' ? next() : void res.status(status).json({}),
    )
    return serve(api.app)
  }

  it.each([
    [403, /Authorization/],
    [405, /--method PATCH/],
    [422, /--field.*--body/],
    [500, /answered with 500/],
  ])('with %i: what to try is said', async (status, why) => {
    const result = await probe(await refusing(status), SHORT)
    expect(result).toMatchObject({ verdict: 'unknown', restored: 'yes' })
    expect(result.why).toMatch(why)
  })

  it('for its weak tag, which no server may accept', async () => {
    const api = articles((req, res, next) => (req.method === 'GET' ? next() : void res.status(412).json({})))
    api.app.set('etag', 'weak')
    expect((await probe(await serve(api.app), SHORT)).why).toMatch(/is weak/)
  })

  it('although it is answered with success', async () => {
    const api = articles((req, res, next) => (req.method === 'GET' ? next() : void res.json({})))
    expect((await probe(await serve(api.app), SHORT)).why).toMatch(/GET shows title as before/)
  })
})

describe('options', () => {
  it('send headers with every request, and show none that may be a secret', async () => {
    const api = articles((req, res, next) => {
      if (req.get('Authorization') === 'Bearer secret') next()
      else res.status(401).json({})
    })
    const result = await probe(await serve(api.app), {
      ...SHORT,
      headers: { Authorization: 'Bearer secret' },
    })
    expect(result.verdict).toBe('loses-updates')
    expect(JSON.stringify(result)).not.toContain('secret')
    expect(result.losses[0]?.curl).toContain("-H 'Authorization: …'")
  })

  it('write a body of one’s own, and put back what it changed', async () => {
    const api = articles(guarded())
    const body = '{"id":1,"title":"same","text":"probe {{n}}"}'
    const result = await probe(await serve(api.app), { ...SHORT, body })
    expect(result).toMatchObject({ verdict: 'safe', restored: 'yes' })
    expect(
      api.written.slice(0, -1).every(({ title, text }) => title === 'same' && text.startsWith('probe ')),
    ).toBe(true)
    expect(api.current()).toEqual(ARTICLE)
  })

  it('patch one member, of a name of one’s own', async () => {
    const api = articles(guarded())
    api.app.patch('/articles/1', (req, res) => {
      api.written.push({ ...api.current(), ...(req.body as object) })
      res.json(api.current())
    })
    const result = await probe(await serve(api.app), { ...SHORT, method: 'PATCH', field: 'text' })
    expect(result).toMatchObject({ verdict: 'safe', restored: 'yes' })
    expect(api.written.some(({ text }) => text.includes('(probe '))).toBe(true)
    expect(api.current()).toEqual(ARTICLE)
  })

  it.each<[string, ProbeOptions | Record<string, unknown>, string]>([
    ['ftp://127.0.0.1/', {}, 'ERR_OPTION_INVALID'],
    ['http://user:secret@127.0.0.1/', {}, 'ERR_OPTION_INVALID'],
    ['articles/1', {}, 'ERR_OPTION_INVALID'],
    ['http://127.0.0.1/', { writers: 1 }, 'ERR_OPTION_INVALID'],
    ['http://127.0.0.1/', { rounds: 1e9 }, 'ERR_OPTION_INVALID'],
    ['http://127.0.0.1/', { timeout: NaN }, 'ERR_OPTION_INVALID'],
    ['http://127.0.0.1/', { method: 'DELETE' }, 'ERR_OPTION_INVALID'],
    ['http://127.0.0.1/', { body: '{"title":"same each time"}' }, 'ERR_OPTION_INVALID'],
    ['http://127.0.0.1/', { body: '{{n}' }, 'ERR_OPTION_INVALID'],
    ['http://127.0.0.1/', { headers: { 'If-Match': '"1"' } }, 'ERR_OPTION_INVALID'],
    ['http://127.0.0.1/', { headers: { 'a b': 'c' } }, 'ERR_OPTION_INVALID'],
    ['http://127.0.0.1/', { field: '' }, 'ERR_OPTION_INVALID'],
    ['http://127.0.0.1/', { writer: 3 }, 'ERR_OPTION_UNKNOWN'],
  ])('%s, %o is refused before anything is sent', async (url, options, code) => {
    const refused = probe(url, options)
    await expect(refused).rejects.toMatchObject({ code })
    await expect(refused).rejects.toThrow(expect.not.stringContaining('secret') as never)
  })
})

it.each([503, 412])(
  'a race in which nobody won proves nothing: %i',
  async (status) => {
    let writes = 0
    const api = articles((req, res, next) => {
      const last = req.get('If-Match') === `"v${writes}"`
      res.set('ETag', `"v${writes}"`)
      if (req.method === 'GET' || (last && writes === 0)) {
        if (req.method === 'PUT') writes = 1
        next()
      } else res.status(last ? status : 412).end()
    })
    const result = await probe(await serve(api.app), { rounds: 2, writers: 3 })
    expect(result).toMatchObject({ verdict: 'unknown', losses: [] })
    expect(result.why).toMatch(/one success and refusals/)
  },
  30_000,
)

describe('what was there is put back', () => {
  it('and what others have changed meanwhile stays', async () => {
    const api = articles(guarded())
    const result = await probe(await serve(api.app), {
      rounds: 1,
      onProgress: ({ step }) => {
        // past the guard, as somebody at a console
        if (step === 'restore') api.written.push({ ...api.current(), text: 'by Ada' })
      },
    })
    expect(result.restored).toBe('yes')
    expect(api.current()).toEqual({ ...ARTICLE, text: 'by Ada' })
  })

  it('but not over what others have written in its place', async () => {
    const api = articles(guarded())
    const result = await probe(await serve(api.app), {
      rounds: 1,
      onProgress: ({ step }) => {
        if (step === 'restore') api.written.push({ ...api.current(), title: 'by Ada' })
      },
    })
    expect(result.restored).toBe('no')
    expect(result.notes.join(' ')).toContain('somebody else')
    expect(api.current().title).toBe('by Ada')
  })

  it('after the writes that were under way have ended', async () => {
    const ending = new AbortController()
    const api = articles((req, _res, next) => {
      // its body is there, and it is made after the probe was ended
      if (req.method === 'PUT' && api.written.length === 1 && !ending.signal.aborted) {
        ending.abort()
        setTimeout(next, 300)
      } else next()
    })
    const result = await probe(await serve(api.app), { rounds: 3, writers: 3, signal: ending.signal })
    expect(result.restored).toBe('yes')
    expect(api.written.length).toBeGreaterThan(2)
    expect(api.current()).toEqual(ARTICLE)
  })

  it('after the API has failed in the middle', async () => {
    let writes = 0
    const api = articles((req, res, next) => {
      if (req.method === 'PUT' && (writes += 1) > 2 && writes < 12) res.status(500).json({})
      else next()
    })
    const result = await probe(await serve(api.app), { rounds: 1, writers: 9 })
    expect(result.restored).toBe('yes')
    expect(api.current()).toEqual(ARTICLE)
  })

  it('after the probe was ended early', async () => {
    const api = articles(guarded())
    const ending = new AbortController()
    const result = await probe(await serve(api.app), {
      rounds: 20,
      signal: ending.signal,
      onProgress: ({ step, done }) => {
        if (step === 'race' && done === 2) ending.abort()
      },
    })
    expect(result).toMatchObject({
      verdict: 'unknown',
      why: 'it was ended before it was done',
      restored: 'yes',
    })
    expect(api.current()).toEqual(ARTICLE)
  })

  it('or it is said that it could not be', async () => {
    let writes = 0
    const api = articles((req, res, next) => {
      if (req.method === 'PUT' && (writes += 1) > 2) res.status(503).set('Retry-After', '0').json({})
      else next()
    })
    const result = await probe(await serve(api.app), SHORT)
    expect(result.restored).toBe('no')
    expect(result.notes.join(' ')).toMatch(/could not be put back: the last try was answered with 503/)
  }, 30_000)
})

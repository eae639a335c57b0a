import axios, { type AxiosError } from 'axios'
import { conflictOf, retry } from 'express-if-match/client'
import { basedOn, retryInterceptor, type RefusedRequest } from 'express-if-match/client/axios'
import type { RequestHandler } from 'express'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { problemOf, type ProblemCode } from '../../src/core/problem.js'
import { notesApi, type Note } from './api.js'

const busy = (code: ProblemCode, status: number, times: number): RequestHandler => {
  let left = times
  return (req, res, next) => {
    if (req.method === 'PUT' && left-- > 0) res.status(status).json(problemOf(code, { retryAfterMs: 1 }))
    else next()
  }
}

async function instance(before?: RequestHandler, attempts = 5) {
  const api = await notesApi(before === undefined ? {} : { before })
  const http = axios.create({ baseURL: api.url })
  const id = retryInterceptor(http, { attempts, firstDelay: 1 })
  return { ...api, http, id }
}

describe('the interceptor for axios', () => {
  it.each([
    ['write-in-progress', 409],
    ['store-unavailable', 503],
  ] as const)('sends the same again after %s', async (code, status) => {
    const { http, requests } = await instance(busy(code, status, 2))
    const read = await http.get<Note>('/notes/1')
    const written = await http.put<Note>('/notes/1', { ...read.data, text: 'Ada' }, basedOn(read))
    expect(written.data).toMatchObject({ text: 'Ada', version: 2 })
    const put = `PUT ${String(read.headers.etag)}`
    expect(requests).toEqual(['GET', put, put, put])
  })

  it('sends what it has sent, transformed once', async () => {
    const { http, requests } = await instance(busy('write-in-progress', 409, 1))
    let times = 0
    const sealed = (data: { text: string }) => JSON.stringify({ text: `${data.text}${'!'.repeat(++times)}` })
    const headers = { 'If-Match': '"1"', 'Content-Type': 'application/json' }
    const written = await http.put<Note>(
      '/notes/1',
      { text: 'Ada' },
      { headers, transformRequest: [sealed as never] },
    )
    expect([times, written.data.text, requests.length]).toEqual([1, 'Ada!', 2])
  })

  it.each<[string, RequestHandler, () => unknown]>([
    ['a body that was a stream', busy('store-unavailable', 503, 1), () => Readable.from(['{"text":"Ada"}'])],
    [
      'a write that a gateway may have passed on',
      (_req, res) => void res.status(503).set('Retry-After', '0').end(),
      () => ({}),
    ],
  ])('passes on what must not be sent twice: %s', async (_what, before, body) => {
    const { http, requests } = await instance(before)
    const headers = { 'If-Match': '"1"', 'Content-Type': 'application/json' }
    await expect(http.put('/notes/1', body(), { headers })).rejects.toMatchObject({ status: 503 })
    expect(requests).toEqual(['PUT "1"'])
  })

  it('reads again behind a gateway that asks for it', async () => {
    let left = 1
    const { http } = await instance((_req, res, next) => {
      if (left-- > 0) res.status(503).set('Retry-After', '0').end()
      else next()
    })
    expect((await http.get<Note>('/notes/1')).data.text).toBe('Hello')
  })

  it('waits no longer than the request’s own signal', async () => {
    const { http, requests } = await instance((_req, res) => {
      res.status(409).json(problemOf('write-in-progress', { retryAfterMs: 20_000 }))
      ended.abort(new Error('enough'))
    })
    const ended = new AbortController()
    const writing = http.put('/notes/1', {}, { headers: { 'If-Match': '"1"' }, signal: ended.signal })
    await expect(writing).rejects.toThrow()
    expect(requests).toEqual(['PUT "1"'])
  })

  it('answers nothing where another interceptor makes nothing of it', async () => {
    const { http, id } = await instance()
    http.interceptors.response.eject(id)
    let left = 1
    http.interceptors.request.use((config) => ({
      ...config,
      adapter: () =>
        left-- > 0
          ? Promise.reject(Object.assign(new Error(), { config, response: { status: 429, data: '' } }))
          : Promise.resolve({ data: null, status: 200, statusText: '', headers: {}, config }),
    }))
    http.interceptors.response.use((answer) => answer.data as never)
    retryInterceptor(http, { firstDelay: 1 })
    expect(await http.put('/notes/1', {})).toBeNull()
  })

  it('so often, and then throws the refusal with its problem', async () => {
    const { http, requests } = await instance(busy('write-in-progress', 409, 100), 3)
    const refused = http.put('/notes/1', {}, { headers: { 'If-Match': '"1"' } })
    await expect(refused).rejects.toMatchObject({ status: 409, problem: { code: 'write-in-progress' } })
    expect(requests).toHaveLength(3)
  })

  it('passes a conflict on, which the change is applied again for', async () => {
    const { http, another, requests } = await instance()
    const old = await http.get<Note>('/notes/1')
    await another().update<Note>('/notes/1', (note) => ({ ...note, n: 1 }))
    const error = await http
      .put('/notes/1', old.data, basedOn(old))
      .catch((thrown: unknown) => thrown as AxiosError)
    expect((error as RefusedRequest).problem).toMatchObject({ code: 'version-conflict' })
    expect(conflictOf(error)).not.toBe(false)
    expect(requests.filter((one) => one.startsWith('PUT'))).toHaveLength(2)
    let read = old
    const written = await retry(
      async ({ number }) => {
        if (number > 1) read = await http.get<Note>('/notes/1')
        return http.put<Note>('/notes/1', { ...read.data, n: read.data.n + 1 }, basedOn(read))
      },
      { firstDelay: 1 },
    )
    expect(written.data.n).toBe(2)
  })

  it('passes a lost answer on, and everything once it is taken out', async () => {
    const lost = await instance((req) => void req.socket.destroy())
    await expect(lost.http.put('/notes/1', {})).rejects.toMatchObject({ isAxiosError: true })
    expect(lost.requests).toHaveLength(1)
    const ejected = await instance(busy('write-in-progress', 409, 1))
    ejected.http.interceptors.response.eject(ejected.id)
    await expect(ejected.http.put('/notes/1', {})).rejects.toMatchObject({ status: 409 })
  })

  it('builds on nothing where there is no ETag', () => {
    expect(() => basedOn({ headers: {} })).toThrow(/no ETag/)
  })
})

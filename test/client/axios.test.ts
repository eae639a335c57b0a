import axios, { type AxiosError } from 'axios'
import { conflictOf, retry } from 'express-if-match/client'
import { basedOn, retryInterceptor, type RefusedRequest } from 'express-if-match/client/axios'
import type { RequestHandler } from 'express'
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

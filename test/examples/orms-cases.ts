import express, { type Express } from 'express'
import { describe, expect, it } from 'vitest'
import { serve, type Reply, type Send } from '../support/api.js'
import { lastResort } from '../support/orders.js'

/** One article, `1`, and an example's app over it. */
export interface Scene {
  /** called more than once: apps that share nothing but the database, as processes do */
  createApp(): Express
  /** as the database has it now */
  article(): Promise<{ readonly title: string } | undefined>
  /** asks, and has somebody past the API write or delete the article after the app looked and before it writes */
  behind(what: 'write' | 'delete', ask: () => Promise<Reply>): Promise<Reply>
}

export interface Cases {
  /** how the example's routes write a title; each is tried */
  readonly methods: readonly ('PUT' | 'PATCH')[]
  /** whether it has a DELETE route */
  readonly deletes: boolean
}

export const writing = (method: string, tag: string, title: string) =>
  [method, '/articles/1', { headers: { 'If-Match': tag }, body: { title } }] as const

export async function tagOf(send: Send): Promise<string> {
  const { headers } = await send('GET', '/articles/1')
  expect(headers.etag).toMatch(/^"[^"]+"$/)
  return headers.etag ?? ''
}

/** What every example of an ORM promises. */
export function ormCases({ methods, deletes }: Cases, scene: Scene): void {
  it('gives a tag to read with, and 304', async () => {
    const send = await serve(scene.createApp())
    const answer = await send('GET', '/articles/1')
    expect(answer).toMatchObject({ status: 200, json: { title: 'Draft' } })
    const headers = { 'If-None-Match': answer.headers.etag }
    expect((await send('GET', '/articles/1', { headers })).status).toBe(304)
    expect((await send('GET', '/articles/2')).status).toBe(404)
  })

  describe.each(methods)('%s', (method) => {
    writingCases(method, scene)
  })

  if (deletes) {
    it('deletes the version that the client named, once', async () => {
      const send = await serve(scene.createApp())
      const remove = (tag: string) => send('DELETE', '/articles/1', { headers: { 'If-Match': tag } })
      const stale = await tagOf(send)
      await send(...writing('PUT', stale, 'Ada'))
      expect((await remove(stale)).status).toBe(409)
      const tag = await tagOf(send)
      const raced = await scene.behind('write', () => remove(tag))
      expect(raced).toMatchObject({ status: 409, problem: { reason: 'race' } })
      const current = await tagOf(send)
      const answers = await Promise.all([remove(current), remove(current)])
      expect(answers.map(({ status }) => status).sort()).toEqual([204, 409])
      expect(await scene.article()).toBeUndefined()
    })
  }
}

function writingCases(method: string, scene: Scene): void {
  it('writes the version that the client named, and answers with the tag of its own state', async () => {
    const send = await serve(scene.createApp())
    const first = await tagOf(send)
    const won = await send(...writing(method, first, 'Ada'))
    expect(won).toMatchObject({ status: 200, json: { title: 'Ada' } })
    expect(won.headers.etag).not.toBe(first)
    const again = await send(...writing(method, won.headers.etag ?? '', 'Ada again'))
    expect(again).toMatchObject({ status: 200, json: { title: 'Ada again' } })
    const stale = await send(...writing(method, first, 'Ben'))
    expect(stale).toMatchObject({ status: 409, problem: { reason: 'stale', applied: 'no' } })
    expect(await scene.article()).toMatchObject({ title: 'Ada again' })
  })

  it('takes any version where the client names none, and none without a precondition', async () => {
    const send = await serve(scene.createApp())
    const before = await tagOf(send)
    expect(await send(...writing(method, '*', 'Ada'))).toMatchObject({ status: 200 })
    expect(await tagOf(send)).not.toBe(before)
    expect((await send(method, '/articles/1', { body: { title: 'Ben' } })).status).toBe(428)
  })

  it('lets one of 20 succeed that name one version, in two apps that share the database alone', async () => {
    const apps = [await serve(scene.createApp()), await serve(scene.createApp())]
    const tag = await tagOf(apps[0]!)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => apps[n % 2]!(...writing(method, tag, `by ${n}`))),
    )
    const winners = answers.filter(({ status }) => status === 200)
    expect(winners).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19)
    expect(await scene.article()).toMatchObject({ title: winners[0]?.json.title })
  })

  it('does not write over what somebody wrote between the look and the write', async () => {
    const send = await serve(scene.createApp())
    const tag = await tagOf(send)
    const answer = await scene.behind('write', () => send(...writing(method, tag, 'Ben')))
    expect(answer).toMatchObject({ status: 409, problem: { reason: 'race', applied: 'no' } })
    expect(await scene.article()).toMatchObject({ title: 'past the API' })
    expect((await send(...writing(method, await tagOf(send), 'Ben'))).status).toBe(200)
  })

  it('says so where somebody deleted the row in between', async () => {
    const send = await serve(scene.createApp())
    const tag = await tagOf(send)
    const answer = await scene.behind('delete', () => send(...writing(method, tag, 'Ben')))
    expect(answer).toMatchObject({ status: 409, problem: { reason: 'gone' } })
    expect(await scene.article()).toBeUndefined()
    expect((await send(...writing(method, tag, 'Ben'))).status).toBe(409)
  })

  it('answers 404 where the client wants it absent, and it is', async () => {
    const send = await serve(scene.createApp())
    const answer = await send(method, '/articles/2', {
      headers: { 'If-None-Match': '*' },
      body: { title: 'New' },
    })
    expect(answer).toMatchObject({ status: 404, problem: { code: 'not-found' } })
  })
}

/** Of an app whose own error handler shows what it gets. */
export function withLastResort(app: Express): Express {
  return express().use(app).use(lastResort)
}

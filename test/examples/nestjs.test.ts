import 'reflect-metadata'
import type { Server } from 'node:http'
import { NestFactory } from '@nestjs/core'
import { Logger, Module, type INestApplication } from '@nestjs/common'
import request from 'supertest'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AppModule } from '../../examples/nestjs/app.module.js'
import { ArticlesService, type Article } from '../../examples/nestjs/articles.service.js'
import { problems } from '../../src/index.js'

const CONTENT = { title: 'Hours', text: 'From ten.' }
Logger.overrideLogger(false)
let app: INestApplication
let service: ArticlesService

beforeEach(async () => {
  app = await NestFactory.create(AppModule)
  await app.init()
  service = app.get(ArticlesService)
})
afterEach(() => app.close())

const api = () => request(app.getHttpServer() as Server)
const tagOf = async (path: string) => (await api().get(path)).headers.etag as string
const put = (tag: string, path = '/articles/1') =>
  api().put(path).set('X-Role', 'editor').set('If-Match', tag).send(CONTENT)
const versionOf = async (path: string) => (await tagOf(path)).split('.')[0]

describe('a Nest controller behind the middleware', () => {
  it('is read with an entity tag, and with a 304', async () => {
    const tag = await tagOf('/articles/1')
    expect(tag).toMatch(/^"[^."]+\.[^"]+"$/)
    await api().get('/articles/1').set('If-None-Match', tag).expect(304)
    expect((await api().get('/articles/9').expect(404)).headers.etag).toBe(undefined)
  })

  it('answers a write with the tag of the state that it made', async () => {
    const answer = await put(await tagOf('/articles/1')).expect(200)
    const { etag } = answer.headers
    expect(etag).toBe(`${await versionOf('/articles/1')}"`)
    expect((await put(etag!).expect(200)).headers.etag).not.toBe(etag)
  })

  it('refuses a stale write before its handler, and one without a precondition', async () => {
    const tag = await tagOf('/articles/1')
    await put(tag).expect(200)
    const conflict = await put(tag).expect(409)
    expect(conflict.body).toMatchObject({ code: 'version-conflict', resource: 'articles/1' })
    expect(conflict.headers).not.toHaveProperty('etag')
    await api().put('/articles/1').set('X-Role', 'editor').send(CONTENT).expect(428)
  })

  it('lets one of 20 concurrent writes through', async () => {
    await app.listen(0, '127.0.0.1')
    const tag = await tagOf('/articles/1')
    const answers = await Promise.all(Array.from({ length: 20 }, () => put(tag)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19)
  })

  it('holds the key until the promise of the handler has settled', async () => {
    await app.listen(0, '127.0.0.1')
    const tag = await tagOf('/articles/1')
    const order: string[] = []
    const save = service.save.bind(service)
    let entered = () => {}
    const inHandler = new Promise<void>((resolve) => (entered = resolve))
    let finish = () => {}
    const finished = new Promise<void>((resolve) => (finish = resolve))
    service.save = async (article: Article) => {
      order.push('begun')
      entered()
      await finished
      order.push('saved')
      return save(article)
    }
    const first = put(tag).then((answer) => {
      order.push('answered')
      return answer
    })
    await inHandler
    const second = put(tag).then((answer) => answer)
    // a read is not held up, and sees the state that the claim has not moved yet
    expect(await versionOf('/articles/1')).toBe(tag.split('.')[0])
    finish()
    expect((await first).status).toBe(200)
    expect((await second).body).toMatchObject({ status: 409, code: 'version-conflict' })
    expect(order).toEqual(['begun', 'saved', 'answered'])
  })

  it('moves the list on a POST, whose answer has the tag of what it created', async () => {
    const list = await tagOf('/articles')
    const created = await api().post('/articles').set('X-Role', 'editor').send(CONTENT).expect(201)
    expect(created.headers.location).toBe('/articles/3')
    expect(created.headers.etag).toBe(`${await versionOf('/articles/3')}"`)
    expect(await versionOf('/articles')).not.toBe(list.split('.')[0])
    await put(created.headers.etag!, '/articles/3').expect(200)
  })

  it('forgets nothing of what it has deleted', async () => {
    const tag = await tagOf('/articles/1')
    const gone = await api().delete('/articles/1').set('X-Role', 'editor').set('If-Match', tag).expect(204)
    expect(gone.headers).not.toHaveProperty('etag')
    expect((await put(tag).expect(409)).body).toMatchObject({ reason: 'gone' })
  })
})

describe('what Nest throws', () => {
  it.each([
    ['a guard', () => api().put('/articles/1').send(CONTENT), 403],
    ['a pipe', () => api().put('/articles/first').set('X-Role', 'editor').send(CONTENT), 400],
    ['a handler', () => api().put('/articles/1').set('X-Role', 'editor').send({ title: 1 }), 400],
  ])('from %s with a status below 500 leaves the version', async (_, write, status) => {
    const tag = await tagOf('/articles/1')
    const answer = await write().set('If-Match', tag)
    expect(answer.status).toBe(status)
    expect(answer.headers).not.toHaveProperty('etag')
    await put(tag).expect(200)
  })

  it('from a handler without a status moves the version on: nobody knows what it has written', async () => {
    const tag = await tagOf('/articles/1')
    const save = service.save.bind(service)
    service.save = async (article) => {
      await save(article)
      throw new Error('the connection broke after the write')
    }
    const answer = await put(tag).expect(500)
    expect(answer.headers).not.toHaveProperty('etag')
    expect(answer.body).toEqual({ statusCode: 500, message: 'Internal server error' })
    service.save = save
    expect((await put(tag).expect(409)).body).toMatchObject({ code: 'version-conflict' })
    expect((await api().get('/articles/1')).body).toMatchObject(CONTENT)
  })
})

describe('the handle in a controller', () => {
  const retitle = (path: string, tag: string, title: string) =>
    api().patch(path).set('X-Role', 'editor').set('If-Match', tag).send({ title })

  it('says that nothing has changed', async () => {
    const tag = await tagOf('/articles/1')
    await retitle('/articles/1', tag, 'Opening hours').expect(200)
    expect(await tagOf('/articles/1')).toBe(tag)
    await retitle('/articles/1', tag, 'Hours').expect(200)
    expect(await tagOf('/articles/1')).not.toBe(tag)
  })

  it('reports a conflict of the application, which the filter answers as a problem', async () => {
    const tag = await tagOf('/articles/2')
    const conflict = await retitle('/articles/2', tag, 'New').expect(409)
    expect(conflict.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(conflict.headers).not.toHaveProperty('etag')
    expect(conflict.body).toMatchObject({
      code: 'version-conflict',
      detail: 'A published article keeps its title.',
    })
    expect(await tagOf('/articles/2')).toBe(tag)
  })

  it('needs the filter, for Nest keeps what a handler throws from problems()', async () => {
    const metadata = Reflect.getMetadata('providers', AppModule) as unknown[]
    class Bare extends AppModule {}
    Module({
      controllers: Reflect.getMetadata('controllers', AppModule) as never[],
      providers: metadata.slice(0, 1) as never[],
    })(Bare)
    const bare = await NestFactory.create(Bare)
    try {
      await bare.init()
      bare.use(problems())
      const server = bare.getHttpServer() as Server
      const { etag } = (await request(server).get('/articles/2')).headers
      const answer = await request(server)
        .patch('/articles/2')
        .set('X-Role', 'editor')
        .set('If-Match', etag!)
        .send({ title: 'New' })
      expect(answer.status).toBe(409)
      expect(answer.body).not.toHaveProperty('code')
    } finally {
      await bare.close()
    }
  })
})

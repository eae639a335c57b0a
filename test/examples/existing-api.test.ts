import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import request from 'supertest'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApp } from '../../examples/existing-api/app.js'
import { initialData } from '../../examples/existing-api/data.js'
import { editAtOnce } from '../../examples/existing-api/editors.js'
import { ifMatch } from '../../src/index.js'

const ROOT = path.resolve(import.meta.dirname, '../..')
const running: ChildProcess[] = []

afterEach(async () => {
  await Promise.all(
    running.splice(0).map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    }),
  )
})

function run(program: string, env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', `examples/existing-api/${program}`], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.push(child)
  return child
}

/** The first line that the server prints names its address. */
async function serve(env: Record<string, string>): Promise<string> {
  const child = run('server.ts', { PORT: '0', ...env })
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout!.once('data', (chunk: Buffer) => {
      resolve(chunk.toString())
    })
    child.once('exit', () => {
      reject(new Error('the server has ended'))
    })
  })
  return /http:\/\/[\d.:]+/.exec(line)![0]
}

describe('twenty editors of one article', () => {
  it('lose nineteen of twenty lines to json-server alone', async () => {
    expect(await editAtOnce(20, false)).toEqual({ saved: 20, refused: 0, kept: 1 })
  })

  it('lose none behind ifMatch()', async () => {
    const { saved, refused, kept } = await editAtOnce(20, true)
    expect({ saved, kept }).toEqual({ saved: 20, kept: 20 })
    expect(refused).toBeGreaterThanOrEqual(19)
  })

  it('are shown in a table', async () => {
    const child = run('race.ts')
    let output = ''
    child.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number | null]
    expect(output).toMatch(/json-server alone +20 +0 +1 +19\n/)
    expect(output).toMatch(/behind ifMatch\(\) +20 +\d+ +20 +0\n/)
    expect(code).toBe(0)
  })
})

describe('the server', () => {
  const folders: string[] = []
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  })

  it('shares data and versions with another process on the same file', { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'if-match-existing-'))
    folders.push(folder)
    const DATABASE = path.join(folder, 'api.db')
    const [one, two] = await Promise.all([serve({ DATABASE }), serve({ DATABASE })])
    const { etag } = (await request(one).get('/articles/1')).headers
    await request(two).put('/articles/1').set('If-Match', etag!).send({ title: 'Ada' }).expect(200)
    expect((await request(one).get('/articles/1')).body).toEqual({ id: 1, title: 'Ada' })
    await request(one).put('/articles/1').set('If-Match', etag!).send({ title: 'Ben' }).expect(409)
    await request(two).post('/articles').send({ title: 'New' }).expect(201)
    expect((await request(one).get('/articles')).body).toHaveLength(3)
    await request(one).delete('/articles/1').expect(200)
    await request(two).get('/articles/1').expect(404)
    expect((await request(two).get('/comments')).body).toHaveLength(1)
    await request(two).patch('/profile').send({ open: false }).expect(200)
    expect((await request(one).get('/profile')).body).toEqual({ name: 'City Library', open: false })
  })

  it('leaves the guard out by GUARDED=0', { timeout: 60_000 }, async () => {
    const url = await serve({ GUARDED: '0' })
    expect((await request(url).get('/articles/1')).headers.etag).toMatch(/^W\//)
    await request(url).put('/articles/1').set('If-Match', '"stale"').send({ title: 'Ada' }).expect(200)
  })
})

describe('json-server behind ifMatch()', () => {
  let api: ReturnType<typeof request>
  beforeEach(() => {
    api = request(createApp({ data: initialData(), guard: ifMatch() }))
  })
  const tagOf = async (url: string) => (await api.get(url)).headers.etag!

  it('names the article that a POST has created by the tag of its answer', async () => {
    const created = await api.post('/articles').send({ title: 'New' }).expect(201)
    expect(await tagOf('/articles/3')).toMatch(created.headers.etag!.slice(0, -1))
    await api.put('/articles/3').set('If-Match', created.headers.etag!).send({ title: 'Newer' }).expect(200)
  })

  it('refuses a stale change of a resource that there is one of', async () => {
    const tag = await tagOf('/profile')
    await api.patch('/profile').set('If-Match', tag).send({ open: false }).expect(200)
    await api.patch('/profile').set('If-Match', tag).send({ open: true }).expect(409)
  })

  it('never lets an id that comes again pass for the one that was deleted', async () => {
    const tag = await tagOf('/articles/2')
    await api.delete('/articles/2').expect(200)
    await api.post('/articles').send({ id: 2, title: 'Another' }).expect(201)
    await api.put('/articles/2').set('If-Match', tag).send({ title: 'Old' }).expect(409)
    await api.patch('/comments/1').send({ text: 'Changed' }).expect(200)
    const comment = await tagOf('/comments/1')
    await api.delete('/articles/1').expect(200)
    await api.get('/comments/1').expect(404)
    await api.post('/comments').send({ id: 1, text: 'Another' }).expect(201)
    await api.put('/comments/1').set('If-Match', comment).send({ text: 'Old' }).expect(409)
  })

  it('conflicts under the other addresses of a row, too, where `moves` names them', async () => {
    const recreate = async (moves: (req: IncomingMessage) => string[]) => {
      const app = createApp({ data: initialData(), guard: ifMatch({ moves }) })
      const { headers } = await request(app).get('/comments/2')
      await request(app).delete('/articles/2').expect(200)
      // its id is 2 again, and its Location names another address
      const { body } = await request(app).post('/articles/1/comments').send({ text: 'New' }).expect(201)
      expect(body).toMatchObject({ id: 2 })
      return request(app).put('/comments/2').set('If-Match', headers.etag!).send({ text: 'Old' })
    }
    expect((await recreate(() => [])).status).toBe(200)
    expect((await recreate((req) => (req.method === 'DELETE' ? ['comments/2'] : []))).status).toBe(409)
  })

  it('counts a POST that json-server takes for a PUT, and does not check it', async () => {
    const tag = await tagOf('/articles/1')
    const disguised = () => api.post('/articles/1').set('X-HTTP-Method-Override', 'PUT')
    await disguised().set('If-Match', '"7"').send({ title: 'Ada' }).expect(200)
    await api.put('/articles/1').set('If-Match', tag).send({ title: 'Ben' }).expect(409)
  })
})

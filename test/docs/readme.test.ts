import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

const ROOT = path.resolve(import.meta.dirname, '../..')
// inside the project, so that the blocks find its packages and its compiler options
const FOLDER = path.join(ROOT, 'test/docs/.readme')

const blocks = new Map(
  [
    ...readFileSync(path.join(ROOT, 'README.md'), 'utf8').matchAll(
      /<!-- run: (\w+) -->\s+```ts\n([\s\S]*?)```/g,
    ),
  ].map(([, name, code]) => [name ?? '', code ?? '']),
)
const fileOf = (name: string) => path.join(FOLDER, `${name}.ts`)
const running: ChildProcess[] = []
const ENV = { ...process.env, TSX_TSCONFIG_PATH: path.join(ROOT, 'tsconfig.json') }

beforeAll(() => {
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  for (const [name, code] of blocks) writeFileSync(fileOf(name), code)
  writeFileSync(TELL_PORT, TELLING)
})
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})
afterAll(() => {
  rmSync(FOLDER, { recursive: true, force: true })
})

// A port that this test picked could be another test's by the time the program takes it: it picks its own, and tells.
const TELL_PORT = path.join(FOLDER, 'tell-port.mjs')
const TELLING = `import { Server } from 'node:net'
const { listen } = Server.prototype
Server.prototype.listen = function (port, ...rest) {
  this.once('listening', () => process.send({ port: this.address().port }))
  return listen.call(this, 0, '127.0.0.1', ...rest)
}
`

/** Runs a block as a program; the answer is the URL it listens on, once it does. */
async function serve(name: string): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--import', TELL_PORT, fileOf(name)], {
    cwd: FOLDER,
    env: ENV,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  running.push(child)
  let output = ''
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message: { port: number }) => resolve(message.port))
    child.once('close', () => reject(new Error(`${name} ended: ${output}`)))
  })
  return `http://127.0.0.1:${port}`
}

async function put(url: string, body: unknown, headers: Record<string, string> = {}, method = 'PUT') {
  const init = {
    method,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  }
  const answer = await fetch(url, init)
  return {
    status: answer.status,
    etag: answer.headers.get('etag'),
    body: (await answer.json()) as Record<string, unknown>,
  }
}

async function tagOf(url: string): Promise<string> {
  const answer = await fetch(url)
  return answer.headers.get('etag') ?? `no tag on a ${answer.status}`
}

describe('the README', { timeout: 60_000 }, () => {
  it('has code blocks that compile', () => {
    expect([...blocks.keys()]).toEqual(['app', 'ledger', 'table', 'current', 'race'])
    const config = ts.getParsedCommandLineOfConfigFile(
      path.join(ROOT, 'tsconfig.json'),
      {},
      {
        ...ts.sys,
        onUnRecoverableConfigFileDiagnostic: () => {},
      },
    )
    const program = ts.createProgram([...blocks.keys()].map(fileOf), { ...config?.options, noEmit: true })
    const found = ts.getPreEmitDiagnostics(program).map((one) => {
      const line = one.file?.getLineAndCharacterOfPosition(one.start ?? 0).line ?? 0
      return `${path.basename(one.file?.fileName ?? '')}:${line + 1} ${ts.flattenDiagnosticMessageText(one.messageText, ' ')}`
    })
    expect(found).toEqual([])
  })

  it('shows an app of about 20 lines that protects an article', async () => {
    expect(blocks.get('app')?.split('\n').length).toBeLessThanOrEqual(25)
    const url = `${await serve('app')}/articles/42`
    const tag = await tagOf(url)
    expect(await put(url, { title: 'Ada' }, { 'if-match': tag })).toMatchObject({ status: 200 })
    const conflict = await put(url, { title: 'Ben' }, { 'if-match': tag })
    expect(conflict).toMatchObject({
      status: 409,
      etag: null,
      body: { code: 'version-conflict', resource: 'articles/42' },
    })
    expect(await put(url, {})).toMatchObject({ status: 428, body: { code: 'precondition-required' } })
    const shown = /```http\n[\s\S]*?\n\n([\s\S]*?)```/.exec(
      readFileSync(path.join(ROOT, 'README.md'), 'utf8'),
    )
    const example = JSON.parse(shown?.[1] ?? '{}') as Record<string, unknown>
    expect(Object.keys(conflict.body).sort()).toEqual(Object.keys(example).sort())
    expect(conflict.body).toMatchObject({ ...example, expected: expect.any(Array) as unknown })
  })

  it('shows guard and wrap over a ledger', async () => {
    const url = `${await serve('ledger')}/articles/42`
    const tag = await tagOf(url)
    const won = await put(url, { title: 'Ada' }, { 'if-match': tag })
    expect(won).toMatchObject({ status: 200, etag: '"1"' })
    expect(await put(url, { title: 'Ben' }, { 'if-match': tag }, 'PATCH')).toMatchObject({ status: 409 })
    expect(await put(url, { title: 'x' }, { 'if-match': '"1"' }, 'PATCH')).toMatchObject({
      status: 200,
      etag: '"2"',
    })
  })

  it('shows a table whose write is the compare-and-swap, by header and by body', async () => {
    const url = `${await serve('table')}/orders/042`
    expect(await put(url, { status: 'paid', note: '', version: 1 })).toMatchObject({
      status: 200,
      etag: '"2"',
    })
    expect(await put(url, { status: 'open', note: '' }, { 'if-match': '"1"' })).toMatchObject({
      status: 409,
      body: { resource: 'orders/42', current: { version: '2', representation: { status: 'paid' } } },
    })
  })

  it('shows the version field of an existing row', async () => {
    const url = `${await serve('current')}/pages/1`
    const tag = await tagOf(url)
    const won = await put(url, { text: 'Ada' }, { 'if-match': tag })
    expect(won.status).toBe(200)
    expect(await put(url, { text: 'Ben' }, { 'if-match': tag })).toMatchObject({ status: 409 })
    expect(await put(url, { text: 'Ada again' }, { 'if-match': won.etag ?? '' })).toMatchObject({
      status: 200,
    })
  })

  it('shows a race that loses nothing', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', fileOf('race')], { cwd: FOLDER, env: ENV })
    running.push(child)
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    await new Promise((resolve) => child.once('close', resolve))
    expect(output.trim()).toBe('0')
  })
})

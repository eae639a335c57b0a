import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Step } from '../../examples/adopting/steps.js'
import { sending, type Send } from '../support/api.js'
import { walk } from './adopting-cases.js'

const ROOT = path.resolve(import.meta.dirname, '../..')
const ADA = { Authorization: 'Bearer ada' }
const PATH = '/api/customers/1'
const BODY = { name: 'Ada', tier: 'gold' }

/** A process of its own: the program is CommonJS, and loads the library as such. */
async function start(step: Step): Promise<Send> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/adopting/express4.cjs'], {
    cwd: ROOT,
    env: { ...process.env, PORT: '0', IF_MATCH: step, TSX_TSCONFIG_PATH: path.join(ROOT, 'tsconfig.json') },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(async () => {
    if (child.exitCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()))
    child.once('exit', () => reject(new Error('the program has ended')))
  })
  const { port, origin } = new URL(line.trim())
  return sending({ port: Number(port), url: origin } as never)
}

const root = { Authorization: 'Bearer root', Accept: 'application/json' }

describe('Express 4 in CommonJS, with its own error handler', () => {
  walk({
    async open(step) {
      const send = await start(step)
      return { send, conflicts: async () => (await send('GET', '/admin/conflicts', { headers: root })).json }
    },
    path: PATH,
    headers: ADA,
    body: BODY,
    route: '/api/customers/:id',
  })

  it('answers a refusal in the form of its other errors', async () => {
    const send = await start('require')
    const refused = await send('PUT', PATH, { headers: ADA, body: BODY })
    expect(refused).toMatchObject({
      status: 428,
      headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
      json: { error: { code: 'precondition-required', message: expect.stringContaining('If-Match') } },
    })
    expect((await send('PUT', PATH, { body: BODY })).json).toMatchObject({
      error: { code: 'unauthenticated' },
    })
    const missing = await send('PUT', '/api/customers/9', {
      headers: { ...ADA, 'If-None-Match': '"x"' },
      body: BODY,
    })
    expect(missing.status).toBe(428)
    expect((await send('GET', '/admin/conflicts', { headers: ADA })).status).toBe(403)
  })
})

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createApp } from '../../examples/existing-api/app.js'
import { initialData } from '../../examples/existing-api/data.js'
import { ARTICLE, articles, guarded, serve } from '../probe/apis.js'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** The real command, in a process of its own; `watch` is called with it when it has begun. */
function command(
  args: readonly string[],
  watch: (kill: (signal: NodeJS.Signals) => void) => void = () => {},
): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let [out, err] = ['', '']
  child.stdout.on('data', (text: Buffer) => (out += String(text)))
  child.stderr.on('data', (text: Buffer) => (err += String(text)))
  watch((signal) => child.kill(signal))
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })))
}

const SHORT = ['--rounds', '2', '--writers', '4']

describe('express-if-match probe', () => {
  it('ends with 1 where updates are lost, and shows the request', async () => {
    const url = await serve(createApp({ data: initialData() }))
    const { code, out, err } = await command(['probe', url, '--yes', ...SHORT])
    expect(out).toContain('It loses updates.')
    expect(out).toMatch(/The request that shows it:\n {2}curl -i -X PUT '/)
    expect(out).toMatch(/what was there before +is there again/)
    expect(err).toContain('PUT requests to')
    expect(code).toBe(1)
  })

  it('ends with 0 where none is', async () => {
    const api = articles(guarded())
    const { code, out } = await command(['probe', await serve(api.app), '--yes', ...SHORT])
    expect(out).toMatch(/^\nSafe: no update was lost\./)
    expect(out).toMatch(/rules of RFC 9110 +(\d+) of \1 kept/)
    expect(code).toBe(0)
    expect(api.current()).toEqual(ARTICLE)
  })

  it('ends with 2 where that cannot be told, and says why', async () => {
    const api = articles((_req, res) => void res.status(401).json({}))
    const { code, out } = await command(['probe', await serve(api.app), '--yes'])
    expect(out).toMatch(/It could not be told\.\nGET is answered with 401/)
    expect(code).toBe(2)
  })

  it('asks first: without a terminal, and without --yes, it writes nothing', async () => {
    const api = articles(guarded())
    const { code, err } = await command(['probe', await serve(api.app)])
    expect(err).toContain('Say --yes')
    expect([code, api.written]).toEqual([2, []])
  })

  it('prints JSON for programs, and nothing else there', async () => {
    const api = articles(guarded())
    const { code, out } = await command(['probe', await serve(api.app), '--yes', '--json', ...SHORT])
    expect(JSON.parse(out)).toMatchObject({ verdict: 'safe', restored: 'yes', validator: { kind: 'etag' } })
    expect(code).toBe(0)
  })

  it('sends the headers it is given', async () => {
    const api = articles(guarded(), (req, res, next) => {
      if (req.get('X-Key') === 'a:b') next()
      else res.status(401).json({})
    })
    const { code } = await command(['probe', await serve(api.app), '-y', '-H', 'X-Key: a:b', ...SHORT])
    expect(code).toBe(0)
  })

  it('sends all of those that have one name', async () => {
    const api = articles(guarded(), (req, res, next) => {
      if (req.get('Cookie') === 'a=1; b=2' && req.get('X-Key') === 'a, b') next()
      else res.status(401).json({})
    })
    const fields = ['Cookie: a=1', 'X-Key: a', 'cookie: b=2', 'x-key: b'].flatMap((field) => ['-H', field])
    const { code } = await command(['probe', await serve(api.app), '-y', ...fields, ...SHORT])
    expect(code).toBe(0)
  })

  it('puts back what was there when it is interrupted', async () => {
    let kill: (signal: NodeJS.Signals) => void = () => {}
    const api = articles(guarded(), (req, _res, next) => {
      if (api.written.length === 3 && req.method === 'GET') kill('SIGINT')
      next()
    })
    const url = await serve(api.app)
    // several times, as somebody in a hurry does
    const { code, out, err } = await command(['probe', url, '--yes', '--rounds', '50'], (end) => (kill = end))
    expect(err).toContain('is put back')
    expect(out).toContain('It was ended before it was done.')
    expect(code).toBe(2)
    expect(api.written.length).toBeLessThan(20)
    expect(api.current()).toEqual(ARTICLE)
  })

  it.each([
    [['probe'], /Give one address/],
    [['probe', 'a', 'b'], /Give one address/],
    [['probe', 'nonsense', '--yes'], /^url: "nonsense"/],
    [['probe', 'http://127.0.0.1:1/', '--rounds', 'many'], /^rounds: NaN/],
    [['probe', 'http://127.0.0.1:1/', '--unknown'], /--unknown/],
    [['probe', 'http://127.0.0.1:1/', '-H', 'no colon'], /-H takes/],
    [['proble'], /no command "proble"/],
    [['__proto__'], /no command/],
  ])('%j ends with 2, and says what is wrong', async (args, message) => {
    const { code, err } = await command(args)
    expect(err).toMatch(message)
    expect(code).toBe(2)
  })

  it('helps, and tells its version', async () => {
    expect(await command(['--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('probe') as string,
    })
    expect(await command(['probe', '--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('--yes') as string,
    })
    expect((await command(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect(await command([])).toMatchObject({ code: 2 })
  })
})

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { APPS, buildCommand, runCommand } from './command.js'

let command = ''
const folder = mkdtempSync(path.join(tmpdir(), 'routes-'))
const routes = (...args: string[]) => runCommand(command, ['routes', ...args])
const routesIn = (env: Record<string, string>, ...args: string[]) =>
  runCommand(command, ['routes', ...args], APPS, env)

beforeAll(() => {
  command = buildCommand()
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('the exit code', () => {
  it('is 1 with findings, which name path, fix and place', async () => {
    const { code, out, err } = await routes('./unguarded.cjs')
    expect({ code, err }).toEqual({ code: 1, err: '' })
    expect(out).toContain('PUT /articles/:id: unguarded-write')
    expect(out).toContain('Put guard() before the handler')
    expect(out).toContain('at unguarded.cjs:5')
    expect(out).toContain('3 routes, 2 findings.')
  })

  it('is 0 without, also of TypeScript where tsx is beside it', async () => {
    expect(await routes('guarded.ts')).toEqual({ code: 0, out: '2 routes, 0 findings.\n', err: '' })
  })

  it.each([
    ['a missing file', ['missing.js'], 'There is no file'],
    ['a module that throws', ['broken.mjs'], 'the database is away'],
    ['a module without an application', ['nothing.mjs'], 'It exports: settings'],
    ['a function that makes none', ['factories.mjs', '--export', 'createNothing'], 'gave no application'],
    ['a module that throws where nobody catches it', ['throws.mjs'], 'no connection to the database'],
    ['a module that never comes', ['waits.mjs', '--timeout', '200'], 'within 200 ms'],
    ['no module', [], 'Name one module'],
    ['an unknown option', ['named.mjs', '--acept', 'x'], 'acept'],
    ['a wrong timeout', ['named.mjs', '--timeout', 'soon'], '--timeout is soon'],
    ['--write alone', ['named.mjs', '--write'], '--write needs --accept'],
    ['a list that cannot be written', ['named.mjs', '--accept', 'no/such/list.json', '--write'], 'ENOENT'],
  ])('is 2 for %s', async (_what, args, said) => {
    const { code, out, err } = await routes(...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(said)
  })

  it.each([0, 1])('is 2 where the application ends the process with %i', async (status) => {
    const { code, out, err } = await routesIn({ EXIT_WITH: String(status) }, 'exits.mjs')
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(`ended with ${status} before there was a result`)
  })

  it('is not 1 where its port is taken', async () => {
    expect((await routes('port-taken.mjs')).code).not.toBe(1)
  })

  it('is that of what was found where the application catches what nobody else does, and lives on', async () => {
    const { code, out, err } = await routes('catches.mjs')
    expect({ code, out }).toEqual({ code: 0, out: '1 route, 0 findings.\n' })
    expect(err).toContain('lives on after: no connection')
  })

  it('is 2 for TypeScript where nothing can load it', async () => {
    const file = path.join(folder, 'app.ts')
    writeFileSync(file, 'const app: unknown = 1\nexport default app\n')
    const { code, err } = await routes(file)
    expect(code).toBe(2)
    // a Node that knows TypeScript gets further, to what is exported
    expect(err).toMatch(/Install tsx|exports no application/)
  })
})

describe('the module', () => {
  it('may export the application as app', async () => {
    expect((await routes('named.mjs')).out).toContain('PUT /notes/:id')
  })

  it('may export a function that makes it, as default or by name', async () => {
    expect((await routes('factories.mjs')).code).toBe(0)
    const named = await routes('factories.mjs', '--export', 'createApp')
    expect(named.code).toBe(1)
    expect(named.out).toContain('PUT /notes/:id')
  })

  it('may listen and keep timers: the command ends, and what it prints is no part of the report', async () => {
    const { code, out, err } = await routes('listens.mjs', '--json')
    expect({ code, err }).toEqual({ code: 0, err: 'listening\n' })
    expect(JSON.parse(out)).toEqual({
      version: 1,
      routes: 1,
      findings: [],
      accepted: [],
      stale: [],
      notes: [],
    })
  })
})

it('what the application wrote cannot command the terminal, nor write a line of its own', async () => {
  const { code, out } = await routes('escapes.cjs')
  expect(code).toBe(1)
  expect(out).toContain('PUT /up·M/:id: unguarded-write\n')
  expect(out).toContain('Not looked at: /: the path of /two·0 findings could not be read')
  expect(out).toContain('PUT /^\\/·2J(?:·)?$/: unguarded-write\n')
})

it('--json has what the text has', async () => {
  const { code, out } = await routes('unguarded.cjs', '--json')
  const { findings } = JSON.parse(out)
  expect(code).toBe(1)
  expect(findings[0]).toMatchObject({
    code: 'unguarded-write',
    method: 'PUT',
    path: '/articles/:id',
    known: 'stack',
    line: 5,
  })
  expect(findings[0].file).toMatch(/unguarded\.cjs$/)
})

describe('--accept', () => {
  const list = path.join(folder, 'accepted.json')

  it('takes what is listed for accepted, keeps the reasons, and tells what is stale', async () => {
    expect((await routes('unguarded.cjs', '--accept', list)).err).toContain('With --write it is made')

    const written = await routes('unguarded.cjs', '--accept', list, '--write')
    expect(written.code).toBe(0)
    expect(written.err).toContain('2 accepted')

    const { accepted } = JSON.parse(readFileSync(list, 'utf8'))
    expect(accepted[0]).toEqual({ code: 'unguarded-write', method: 'PUT', path: '/articles/:id', reason: '' })
    accepted[0].reason = 'only one robot writes it'
    accepted[1].path = '/gone/:id'
    writeFileSync(list, JSON.stringify({ accepted }))

    const again = await routes('unguarded.cjs', '--accept', list)
    expect(again.code).toBe(1)
    expect(again.out).not.toContain('PUT /articles/:id: unguarded-write')
    expect(again.out).toContain('DELETE /articles/:id: unguarded-write')
    expect(again.out).toContain('Accepted, and found no longer: DELETE /gone/:id: unguarded-write.')

    await routes('unguarded.cjs', '--accept', list, '--write')
    const kept = JSON.parse(readFileSync(list, 'utf8')).accepted
    expect(kept.map((entry: { path: string; reason: string }) => [entry.path, entry.reason])).toEqual([
      ['/articles/:id', 'only one robot writes it'],
      ['/articles/:id', ''],
    ])
    expect((await routes('unguarded.cjs', '--accept', list)).code).toBe(0)
  })

  it.each([
    ['no JSON', '{', 'is no JSON'],
    ['no list', '{}', 'has no list'],
    ['an entry without a path', '{"accepted":[{"code":"unguarded-write"}]}', 'without code, method and path'],
  ])('exits with 2 for a file with %s', async (_what, text, said) => {
    writeFileSync(list, text)
    const { code, err } = await routes('unguarded.cjs', '--accept', list)
    expect(code).toBe(2)
    expect(err).toContain(said)
  })
})

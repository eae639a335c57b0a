import diagnostics_channel from 'node:diagnostics_channel'
import fc from 'fast-check'
import { report, type ReportData, type ReportOptions } from 'express-if-match/observe'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

interface Sent {
  readonly route: string
  readonly user: string
  readonly key: string
  readonly code?: string
  readonly expected?: readonly string[]
  readonly version?: string
}

/** What a guard would publish; here there may be a million of them. */
function send({ route, user, key, code, expected, version }: Sent): void {
  const about = { route, method: 'PUT', mode: 'observe', key, request: { user } }
  if (code !== undefined)
    diagnostics_channel
      .channel('express-if-match:refused')
      .publish({ ...about, code, reason: 'stale', expected, enforced: false })
  diagnostics_channel
    .channel('express-if-match:settled')
    .publish({ ...about, status: 200, outcome: 'written', version })
}

function observed(options: ReportOptions) {
  const conflicts = report({ who: (req) => (req as unknown as { user: string }).user, ...options })
  onTestFinished(() => conflicts.close())
  return conflicts
}

const sum = (parts: readonly { writes?: number; refused: number }[], of: 'writes' | 'refused') =>
  parts.reduce((total, part) => total + (part[of] ?? 0), 0)

describe('a report under a hostile client', () => {
  it('keeps no more than it may, and the routes and clients that come often', () => {
    const conflicts = observed({ maxNames: 20, maxFindings: 20, maxExamples: 2, maxKeys: 5 })
    const often = { route: '/articles/:id', user: 'ada', key: 'articles/1', code: 'version-conflict' }
    for (let index = 0; index < 1_000; index++) {
      if (index % 10 === 0) send(often)
      send({ route: `/r${index}`, user: `u${index}`, key: `k${index}`, code: 'version-conflict' })
    }
    const data = conflicts.data()
    expect([data.routes.length, data.clients.length, data.findings.length]).toEqual([20, 20, 20])
    expect(data.routes[0]?.name).toBe('PUT /articles/:id')
    expect(data.clients[0]?.name).toBe('ada')
    expect(data.findings[0]).toMatchObject({ route: 'PUT /articles/:id', client: 'ada' })
    for (const { refused } of [data.routes[0]!, data.clients[0]!, data.findings[0]!])
      expect(refused).toBeGreaterThan(90)
    expect(data.findings[0]?.examples).toHaveLength(2)
    expect(data.others.routes.dropped).toBeGreaterThan(900)
    expect(sum(data.routes, 'writes') + data.others.routes.writes).toBe(1_100)
    expect(data.summary).toContain('more than 20 routes')
    expect(conflicts.text()).toContain(`and ${data.others.findings.refused} more`)
  })

  it('lets a new route in, though all places are taken by what came often once', () => {
    const conflicts = observed({ maxNames: 10 })
    const write = (route: string) => send({ route, user: 'ada', key: 'a/1' })
    for (let index = 0; index < 300; index++) write(`/old${index % 10}`)
    for (let index = 0; index < 400; index++) {
      write(`/hostile${index}`)
      write('/new')
    }
    const found = conflicts.data().routes.find(({ name }) => name === 'PUT /new')
    expect(found?.writes).toBeGreaterThan(300)
  })

  it('counts a request once, however often it is refused', () => {
    const conflicts = observed({})
    const event = {
      route: '/a/:id',
      method: 'PUT',
      key: 'a/1',
      code: 'version-conflict',
      enforced: true,
      request: {},
    }
    for (const reason of ['stale', 'race'])
      diagnostics_channel.channel('express-if-match:refused').publish({ ...event, reason })
    const { writes, refused, enforced, reasons } = conflicts.data()
    expect([writes, refused, enforced, reasons.length]).toEqual([1, 1, 1, 2])
  })

  it('loses no count, whatever comes in whatever order', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e')
    const sent = fc.record({
      route: name,
      user: name,
      key: name,
      code: fc.constantFrom(undefined, 'version-conflict', 'precondition-required'),
    })
    fc.assert(
      fc.property(fc.array(sent, { maxLength: 60 }), (all) => {
        const conflicts = report({
          who: (req) => (req as unknown as { user: string }).user,
          maxNames: 2,
          maxFindings: 2,
        })
        try {
          for (const one of all) send(one as Sent)
          const data: ReportData = conflicts.data()
          const refused = all.filter(({ code }) => code !== undefined).length
          expect([data.writes, data.refused]).toEqual([all.length, refused])
          for (const part of ['routes', 'clients'] as const) {
            expect(sum(data[part], 'writes') + data.others[part].writes).toBe(all.length)
            expect(sum(data[part], 'refused') + data.others[part].refused).toBe(refused)
          }
          expect(sum(data.findings, 'refused') + data.others.findings.refused).toBe(refused)
          expect(sum(data.reasons, 'refused')).toBe(refused)
        } finally {
          conflicts.close()
        }
      }),
    )
  })

  it('remembers the writers of a few keys only, and says that it does not know the others', () => {
    const conflicts = observed({ maxKeys: 2 })
    const written = { route: '/a/:id', user: 'ada' }
    for (const key of ['1', '2', '3']) send({ ...written, key, version: 'v1' })
    for (const key of ['1', '3']) send({ ...written, key, code: 'version-conflict', expected: ['v0'] })
    expect(conflicts.data().rivals).toEqual({ self: 1, other: 0, unknown: 1 })
  })

  it('keeps texts short, on one line, and harmless to a terminal', () => {
    const conflicts = observed({})
    const evil = `\u001b[2J\r\n\u202e${'x'.repeat(10_000)}`
    send({ route: evil, user: evil, key: evil, code: 'version-conflict', expected: Array(99).fill(evil) })
    const said = JSON.stringify(conflicts.data()) + conflicts.text()
    // eslint-disable-next-line no-control-regex -- that is what must not be there
    expect(said).not.toMatch(/\\u001b|\u001b|\u202e|\r/)
    expect(said.length).toBeLessThan(5_000)
    expect(conflicts.data().findings[0]?.examples[0]?.expected).toHaveLength(3)
  })
})

describe('whose version stood in the way', () => {
  const key = 'a/1'
  const route = '/a/:id'
  const wrote = (user: string, version: string) => send({ route, user, key, version })
  const conflict = (expected: string[], user = 'ada') =>
    send({ route, user, key, code: 'version-conflict', expected })

  it.each<[string, [string, string][], string[], object]>([
    [
      'its own, twice',
      [
        ['ada', '2'],
        ['ada', '3'],
      ],
      ['1'],
      { self: 1 },
    ],
    [
      'its own, after one that it had read',
      [
        ['ben', '2'],
        ['ada', '3'],
      ],
      ['2'],
      { self: 1 },
    ],
    [
      'its own and another',
      [
        ['ben', '2'],
        ['ada', '3'],
      ],
      ['1'],
      { other: 1 },
    ],
    [
      'the latest of several that it named counts',
      [
        ['ben', '2'],
        ['ada', '3'],
      ],
      ['1', '2'],
      { self: 1 },
    ],
    ['nobody seen: it named the last that was', [['ada', '2']], ['2'], { unknown: 1 }],
    ['nobody seen at all', [], ['1'], { unknown: 1 }],
  ])('%s', (_name, writes, expected, rivals) => {
    const conflicts = observed({})
    for (const [user, version] of writes) wrote(user, version)
    conflict(expected)
    expect(conflicts.data().rivals).toMatchObject(rivals)
  })

  it('not known, where the client or a writer is not', () => {
    const conflicts = report({ who: (req) => (req as unknown as { user: string }).user || undefined })
    onTestFinished(() => conflicts.close())
    wrote('', '2')
    conflict(['1'])
    wrote('ada', '3')
    conflict(['2'], '')
    expect(conflicts.data().rivals).toEqual({ self: 0, other: 0, unknown: 2 })
    expect(conflicts.data().clients.map(({ name }) => name)).toContain('(unknown)')
  })
})

describe('a report that is told nonsense', () => {
  it('ends no process: who throws, or gives what it may not', () => {
    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const answers: unknown[] = [7, {}, { kind: '' }]
    const conflicts = report({
      who() {
        if (answers.length === 0) throw new Error('Bearer secret')
        return answers.shift() as string
      },
    })
    onTestFinished(() => conflicts.close())
    for (let index = 0; index < 5; index++) send({ route: '/', user: '', key: 'k' })
    expect(conflicts.data().clients).toMatchObject([{ name: '(unknown)', writes: 5 }])
    expect(warned.mock.calls).toHaveLength(1)
    expect(JSON.stringify(warned.mock.calls)).not.toContain('secret')
    warned.mockRestore()
  })

  it('hears nothing that is no event', () => {
    const conflicts = observed({})
    for (const channel of ['express-if-match:refused', 'express-if-match:settled'])
      for (const message of [
        undefined,
        null,
        7,
        {},
        { request: null, code: 'a', outcome: 'b' },
        { request: {} },
      ])
        diagnostics_channel.channel(channel).publish(message)
    expect(conflicts.data().writes).toBe(0)
  })

  it.each<[object, string, RegExp]>([
    [{ whom: () => '' }, 'ERR_OPTION_UNKNOWN', /who, maxNames/],
    [{ who: 'ada' }, 'ERR_OPTION_INVALID', /"ada"/],
    [{ maxNames: 0 }, 'ERR_OPTION_INVALID', /from 1/],
    [{ maxKeys: 1e9 }, 'ERR_OPTION_INVALID', /100000/],
    [{ maxExamples: 1.5 }, 'ERR_OPTION_INVALID', /whole number/],
    [{ clock: {} }, 'ERR_OPTION_INVALID', /date/],
    [[], 'ERR_OPTION_INVALID', /object of options/],
  ])('%j fails at once', (options, code, message) => {
    expect(() => report(options as ReportOptions)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    )
  })
})

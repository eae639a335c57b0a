import { retry } from 'express-if-match/client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { problemOf, type ProblemDetails } from '../../src/core/problem.js'
import { createClient, type Client, type ClientOptions } from 'express-if-match/client'

beforeEach(() => {
  vi.useFakeTimers()
  // a drawn wait would be seen
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

interface Counter {
  readonly n: number
}

const json = (status: number, body: unknown, etag?: string) =>
  new Response(JSON.stringify(body), { status, headers: etag === undefined ? {} : { etag } })

/** An API whose writes are refused with these conflicts, one after the other, and then made; what it was asked, and when. */
function refusing(...conflicts: ProblemDetails[]) {
  const asked: string[] = []
  const began = performance.now()
  const client = createClient({
    baseUrl: 'https://api.example',
    fetch: (_url, init) => {
      asked.push(`${performance.now() - began} ${init?.method}`)
      if (init?.method === 'GET')
        return Promise.resolve(json(200, { n: asked.length }, `"${asked.length}.x"`))
      const conflict = conflicts.shift()
      const answer =
        conflict === undefined
          ? json(200, { n: 0 }, '"99"')
          : json(409, problemOf('version-conflict', { reason: 'stale', ...conflict }))
      return Promise.resolve(answer)
    },
  })
  return { client, asked }
}

const increment = ({ n }: Counter): Counter => ({ n: n + 1 })

async function updated({ client, asked }: ReturnType<typeof refusing>): Promise<string[]> {
  const done = client.update<Counter>('/counters/1', increment)
  await vi.runAllTimersAsync()
  await done
  return asked
}

describe('a turn that a conflict tells', () => {
  it('is when update() reads and writes again, neither earlier nor later', async () => {
    const asked = await updated(refusing({ retryAfterMs: 40 }, { retryAfterMs: 7 }))
    expect(asked).toEqual(['0 GET', '0 PUT', '40 GET', '40 PUT', '47 GET', '47 PUT'])
  })

  it('may be now', async () => {
    expect(await updated(refusing({ retryAfterMs: 0 }))).toEqual(['0 GET', '0 PUT', '0 GET', '0 PUT'])
  })

  it('makes what the conflict has shown old, unless it is now', async () => {
    const current = { version: '2', etag: '"2"', representation: { n: 5 } }
    expect(await updated(refusing({ retryAfterMs: 3, current }))).toEqual([
      '0 GET',
      '0 PUT',
      '3 GET',
      '3 PUT',
    ])
    expect(await updated(refusing({ retryAfterMs: 0, current }))).toEqual(['0 GET', '0 PUT', '0 PUT'])
  })

  it.each([
    ['a member that is missing further in', { n: 5, owner: { name: 'A' }, tags: ['x'] }],
    ['a list that is shorter', { n: 5, owner: { name: 'A', email: 'a@b' }, tags: [] }],
    ['something else in the place of an object', { n: 5, owner: 'A', tags: ['x'] }],
    ['nothing', null],
  ])(
    'is no reason to write what a conflict shows, where that is less than a read shows: %s',
    async (_, shown) => {
      const read = { n: 1, owner: { name: 'A', email: 'a@b' }, tags: ['x'] }
      const asked: (string | undefined)[] = []
      const client = createClient({
        baseUrl: 'https://api.example',
        fetch: (_url, init) => {
          asked.push(init?.method)
          if (init?.method === 'GET') return Promise.resolve(json(200, read, `"${asked.length}"`))
          const current = { version: '2', etag: '"2"', representation: shown }
          const conflict = { reason: 'stale', retryAfterMs: 0, current } as const
          return Promise.resolve(
            asked.length > 2 ? json(200, read, '"9"') : json(409, problemOf('version-conflict', conflict)),
          )
        },
      })
      const done = client.update<typeof read>('/a', (row) => ({ ...row, n: row.n + 1 }))
      await vi.runAllTimersAsync()
      await done
      expect(asked).toEqual(['GET', 'PUT', 'GET', 'PUT'])
    },
  )

  it('is not waited for by one whose reads lag behind: then the wait is drawn, and grows', async () => {
    const began = performance.now()
    const writes: number[] = []
    const client = createClient({
      baseUrl: 'https://api.example',
      fetch: (_url, init) => {
        const time = performance.now() - began
        if (init?.method === 'GET') return Promise.resolve(json(200, { n: 1 }, time > 3_000 ? '"2"' : '"1"'))
        writes.push(time)
        const made = new Headers(init?.headers).get('if-match') === '"2"'
        const conflict = problemOf('version-conflict', { reason: 'stale', retryAfterMs: 0 })
        return Promise.resolve(made ? json(200, { n: 2 }, '"3"') : json(409, conflict))
      },
    })
    const done = client.update<Counter>('/a', increment)
    await vi.runAllTimersAsync()
    expect((await done).status).toBe(200)
    // once at its turn, and then later and later
    expect(writes).toEqual([0, 0, 750, 1750, 2750, 3750])
  })

  it('is no header of a gateway, which says the same to all', async () => {
    const answers = [{ 'retry-after': '1' }, undefined]
    const began = performance.now()
    const writes: number[] = []
    const client = createClient({
      baseUrl: 'https://api.example',
      fetch: (_url, init) => {
        if (init?.method === 'GET') return Promise.resolve(json(200, { n: 1 }, `"${writes.length}"`))
        writes.push(performance.now() - began)
        const headers = answers.shift()
        const body = JSON.stringify(problemOf('version-conflict', { reason: 'stale' }))
        return Promise.resolve(
          headers === undefined ? json(200, {}, '"9"') : new Response(body, { status: 409, headers }),
        )
      },
    })
    const done = client.update<Counter>('/a', increment)
    await vi.runAllTimersAsync()
    await done
    expect(writes).toEqual([0, 1_375])
  })

  it('is not told by every API: then the wait is drawn, and grows with the conflicts before', async () => {
    expect(await updated(refusing({}, { retryAfterMs: 5 }, {}))).toEqual([
      '0 GET',
      '0 PUT',
      '375 GET',
      '375 PUT',
      '380 GET',
      '380 PUT',
      // the third bound is that of maxDelay
      '1380 GET',
      '1380 PUT',
    ])
  })

  it('ends the update where it is after its time', async () => {
    const { client } = refusing({ retryAfterMs: 60_000 })
    const update = client.update<Counter>('/counters/1', increment)
    await expect(update).rejects.toMatchObject({ code: 'version-conflict', retryAfterMs: 60_000 })
  })

  it('is a turn for retry() as well; any other wait is asked of all alike, and a drawn one comes besides', async () => {
    const startsOf = async (outcome: unknown) => {
      const began = performance.now()
      const starts: number[] = []
      const done = retry(() => (starts.push(performance.now() - began), outcome), {
        attempts: 3,
        firstDelay: 10,
      })
      await vi.runAllTimersAsync()
      await done
      return starts
    }
    expect(await startsOf(problemOf('version-conflict', { retryAfterMs: 30 }))).toEqual([0, 30, 60])
    expect(await startsOf(problemOf('version-conflict', { retryAfterMs: -1 }))).toEqual([0, 5, 15])
    expect(await startsOf(problemOf('write-in-progress', { retryAfterMs: 30 }))).toEqual([0, 35, 75])
  })
})

describe('Prefer: wait', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  /** what the write of `made` preferred */
  async function preferred(
    options: ClientOptions,
    made: (client: Client) => Promise<unknown> = (client) => client.update<Counter>('/counters/1', increment),
  ): Promise<string | null> {
    let prefer: string | null = null
    const client = createClient({
      baseUrl: 'https://api.example',
      fetch: (_url, init) => {
        if (init?.method !== 'GET') prefer = new Headers(init?.headers).get('prefer')
        return Promise.resolve(json(200, { n: 0 }, '"1"'))
      },
      ...options,
    })
    await made(client)
    return prefer
  }
  const page = (origin: string) => {
    vi.stubGlobal('location', { origin, href: `${origin}/page` })
  }

  it('comes behind what the request prefers, which stands in the place of what the client does', async () => {
    const headers = { Prefer: 'return=minimal' }
    const one = { headers: { Prefer: 'return=representation' } }
    expect(
      await preferred({ headers }, (client) => client.update<Counter>('/counters/1', increment, one)),
    ).toBe('return=representation, wait=15')
  })

  it('comes besides what the client itself prefers', async () => {
    expect(await preferred({ headers: { Prefer: 'return=representation' } })).toBe(
      'return=representation, wait=15',
    )
  })

  it('says that update() is ready to wait for half the time of a request, or of all tries', async () => {
    expect(await preferred({ timeout: 5_000 })).toBe('wait=2')
    expect(await preferred({})).toBe('wait=15')
    expect(await preferred({ requestTimeout: 5_000 })).toBe('wait=2')
    expect(await preferred({ requestTimeout: 1_000 })).toBe('wait=0')
  })

  it('is said by nothing whose conflict is an end, or goes to somebody who is asked', async () => {
    const base = { url: 'https://api.example/counters/1', etag: '"1"' }
    expect(await preferred({}, (client) => client.put(base, { n: 1 }))).toBeNull()
    const asking = { onConflict: () => 'apply' as const }
    expect(
      await preferred({}, (client) => client.update<Counter>('/counters/1', increment, asking)),
    ).toBeNull()
  })

  it('is said to the page’s own origin only: others would have to allow the header', async () => {
    page('https://api.example')
    expect(await preferred({})).toBe('wait=15')
    page('https://other.example')
    expect(await preferred({})).toBeNull()
    page('https://api.exam')
    expect(await preferred({})).toBeNull()
  })
})

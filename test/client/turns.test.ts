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

import fc from 'fast-check'
import { createClient, type Client } from 'express-if-match/client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SimulatedApi, type Tally } from './simulated-api.js'
import { fate, networkTo, type Fate } from './simulated-network.js'

const URL = 'http://api.test/tally'

const step = fc.record({
  kind: fc.constantFrom('update', 'update', 'give-up', 'get', 'put', 'create'),
  tab: fc.nat({ max: 2 }),
  /** ms after the step before it, which may still be under way */
  after: fc.nat({ max: 60 }),
})
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never

interface Run {
  readonly steps: readonly Step[]
  readonly fates: readonly Fate[]
  readonly shows: boolean
  readonly recognises: boolean
  readonly dice: number
}

const run: fc.Arbitrary<Run> = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 10 }),
  fates: fc.array(fate, { maxLength: 40 }),
  shows: fc.boolean(),
  recognises: fc.boolean(),
  dice: fc.integer({ min: 1, max: 2 ** 31 - 2 }),
})

const counted = ({ n, marks }: Tally, mark: string): Tally => ({ n: n + 1, marks: [...marks, mark] })

/** What one step has come to: `code` is undefined for a success. */
interface Ended {
  readonly step: Step
  readonly mark: string
  readonly code: string | undefined
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** Plays a run to its end: all steps answered, and nothing under way any more. */
async function play({ steps, fates, shows, recognises, dice }: Run) {
  let seed = dice
  vi.spyOn(Math, 'random').mockImplementation(() => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647)
  const api = new SimulatedApi(shows)
  const left = fates[Symbol.iterator]()
  const tabs = [0, 1, 2].map(() => tab(api, left, recognises))
  const wasMade = (mark: string) => (recognises ? { wasMade: (now: Tally) => now.marks.includes(mark) } : {})

  async function act(
    { client, saw }: ReturnType<typeof tab>,
    kind: Step['kind'],
    mark: string,
  ): Promise<void> {
    const since = saw()
    if (kind === 'create') await client.create(`${URL}/marks`, { mark }, { method: 'POST' })
    else if (kind === 'get') saw((await client.get(URL)).etag, since)
    else if (kind === 'put') {
      const base = await client.get<Tally>(URL)
      // the page reads again, as a list or a timer would: that makes the form no newer
      await client.get(URL).catch(() => undefined)
      saw((await client.put(base, counted(base.value, mark), wasMade(mark))).etag, since)
    } else {
      const onConflict = kind === 'give-up' ? { onConflict: () => 'give-up' as const } : {}
      const written = client.update<Tally>(URL, (now) => counted(now, mark), {
        ...wasMade(mark),
        ...onConflict,
      })
      saw((await written).etag, since)
    }
  }

  const endings: Promise<Ended>[] = []
  for (const [index, step] of steps.entries()) {
    const mark = `m${index}`
    endings.push(
      act(tabs[step.tab]!, step.kind, mark).then(
        () => ({ step, mark, code: undefined }),
        (error: unknown) => ({ step, mark, code: (error as { code?: string }).code ?? String(error) }),
      ),
    )
    await vi.advanceTimersByTimeAsync(step.after)
  }
  await vi.runAllTimersAsync()
  return { api, ended: await Promise.all(endings) }
}

/** One page: its client, and what it has seen, which must not be older than what it had seen when it asked. */
function tab(api: SimulatedApi, fates: Iterator<Fate>, recognises: boolean) {
  let newest = 0
  let remembered = 0
  const version = (tag: string | null | undefined) => Number(/^"(\d+)/.exec(tag ?? '')?.[1] ?? 0)
  const client: Client = createClient({
    fetch: networkTo(api, fates, recognises, ({ headers }) => {
      const known = version(headers.get('if-none-match'))
      if (known === 0) return
      if (known < remembered) api.wrongs.push(`remembered ${remembered}, then ${known}`)
      remembered = known
    }),
  })
  const saw = (tag?: string, since = 0): number => {
    if (tag !== undefined && version(tag) < since) api.wrongs.push(`saw ${since}, then ${tag}`)
    newest = Math.max(newest, version(tag))
    return newest
  }
  return { client, saw }
}

const times = (marks: readonly string[], mark: string): number => marks.filter((one) => one === mark).length

function check({ api, ended }: Awaited<ReturnType<typeof play>>, recognises: boolean): void {
  expect(api.wrongs).toEqual([])
  expect(api.state.n).toBe(api.state.marks.length)
  for (const { step, mark, code } of ended) {
    const made = times([...api.state.marks, ...api.created], mark)
    const what = `${step.kind} ${mark}, ${code ?? 'a success'}: made ${made} times`
    if (step.kind === 'get') continue
    if (code === undefined) expect(made, what).toBe(1)
    else if (code === 'version-conflict') expect(made, what).toBe(0)
    else if (code === 'ERR_OUTCOME_UNKNOWN') expect(made, what).toBeLessThanOrEqual(1)
    // the read before a put, which is made once
    else expect([step.kind, code, made]).toEqual(['put', 'ERR_NETWORK', 0])
    // what can be recognised is written in the end, however bad the network was
    if (recognises && step.kind === 'update') expect(code, what).toBeUndefined()
  }
}

describe('over a network that loses, delays, doubles and reorders requests and answers', () => {
  it('no change is skipped, made twice or built on anything but what it is written over, and no tag goes back', async () => {
    await fc.assert(
      fc.asyncProperty(run, async (given) => {
        check(await play(given), given.recognises)
      }),
      { numRuns: Number(process.env.RUNS ?? 400) },
    )
  })

  it('updates of many tabs at once are all made, and there is somebody to lose to', async () => {
    const steps = Array.from({ length: 12 }, (_, index): Step => ({
      kind: 'update',
      tab: index % 3,
      after: 0,
    }))
    const { api, ended } = await play({ steps, fates: [], shows: true, recognises: false, dice: 1 })
    expect(ended.map(({ code }) => code)).toEqual(steps.map(() => undefined))
    expect(api.version).toBe(13)
  })
})

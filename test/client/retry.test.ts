import { retry, type ConflictRetryOptions, type RetryOptions } from 'express-if-match/client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const conflict = { status: 409 }

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** When each try began, in ms, of an operation that meets conflicts only; `drawn` is what the dice say. */
async function startsOf(options: ConflictRetryOptions, drawn: number, outcome: unknown = conflict) {
  vi.spyOn(Math, 'random').mockReturnValue(drawn)
  const began = performance.now()
  const starts: number[] = []
  const done = retry(() => {
    starts.push(performance.now() - began)
    return outcome
  }, options)
  await vi.runAllTimersAsync()
  return { starts, last: await done }
}

const differences = (starts: number[]) => starts.slice(1).map((at, index) => at - starts[index]!)

describe('retry', () => {
  it('answers or throws what the last try did', async () => {
    const answers = [conflict, { status: 412 }, { status: 200 }]
    const done = retry(() => answers.shift())
    await vi.runAllTimersAsync()
    expect(await done).toEqual({ status: 200 })
    expect(await retry(() => 'at once')).toBe('at once')
    const error = Object.assign(new Error('unique'), { code: '23505' })
    await expect(retry(() => Promise.reject(error))).rejects.toBe(error)
  })

  it('waits up to twice as long each time, below maxDelay', async () => {
    const { starts, last } = await startsOf({ attempts: 7, firstDelay: 20, maxDelay: 200 }, 0.999999)
    expect(differences(starts)).toEqual([20, 40, 80, 160, 200, 200])
    expect(last).toBe(conflict)
  })

  it('draws the wait evenly from nothing to that bound: full jitter', async () => {
    expect(differences((await startsOf({ attempts: 4, firstDelay: 100 }, 0)).starts)).toEqual([0, 0, 0])
    expect(differences((await startsOf({ attempts: 4, firstDelay: 100 }, 0.5)).starts)).toEqual([
      50, 100, 200,
    ])
  })

  it('can wait not at all', async () => {
    expect(differences((await startsOf({ attempts: 3, firstDelay: 0 }, 0.5)).starts)).toEqual([0, 0])
    expect(differences((await startsOf({ attempts: 3, maxDelay: 0 }, 0.5)).starts)).toEqual([0, 0])
  })

  it('waits besides for as long as the other side asks', async () => {
    const asking = { status: 429, headers: { 'Retry-After': '2' } }
    const { starts } = await startsOf({ attempts: 3, firstDelay: 10 }, 0.5, asking)
    expect(differences(starts)).toEqual([2005, 2010])
    const own = await startsOf({ attempts: 2, firstDelay: 0, isConflict: () => ({ afterMs: 300 }) }, 0.5)
    expect(differences(own.starts)).toEqual([300])
  })

  it('begins no try after the time is over, and does not wait for one that could not begin', async () => {
    const { starts } = await startsOf({ timeout: 100, firstDelay: 40, maxDelay: 40 }, 0.999999)
    expect(starts).toEqual([0, 40, 80])
    const asking = { status: 503, headers: { 'retry-after': '3600' } }
    const asked = await startsOf({ timeout: 1000 }, 0.5, asking)
    expect(asked.starts).toEqual([0])
    expect(asked.last).toBe(asking)
  })

  it('is bounded by default: 100 tries, 30 seconds', async () => {
    expect((await startsOf({}, 0)).starts).toHaveLength(100)
    expect((await startsOf({}, 0.999999)).starts.at(-1)).toBeLessThan(30_000)
  })

  it('gives the time back for which a person was asked', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    let tries = 0
    const done = retry(
      async ({ extend }) => {
        tries += 1
        if (tries > 1) return 'done'
        await new Promise((resolve) => setTimeout(resolve, 60_000))
        extend(60_000)
        return conflict
      },
      { timeout: 1000 },
    )
    await vi.runAllTimersAsync()
    expect(await done).toBe('done')
  })

  it('ends as soon as the signal does: before, in a wait that was asked for, in a drawn one, and in a try', async () => {
    const reason = new Error('left')
    const operation = vi.fn(() => conflict)
    await expect(retry(operation, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(operation).not.toHaveBeenCalled()

    const waits: RetryOptions[] = [{ firstDelay: 1000, maxDelay: 1000 }, { firstDelay: 0 }]
    for (const options of waits) {
      const controller = new AbortController()
      const ended = retry(operation, {
        ...options,
        isConflict: () => ({ afterMs: 500 }),
        signal: controller.signal,
      })
      const settled = expect(ended).rejects.toBe(reason)
      await vi.advanceTimersByTimeAsync(100)
      controller.abort(reason)
      await settled
    }
    expect(operation).toHaveBeenCalledTimes(2)
    await vi.runAllTimersAsync()
    expect(operation).toHaveBeenCalledTimes(2)

    const controller = new AbortController()
    const hanging = retry(
      ({ signal }) =>
        new Promise<never>((_, reject) => {
          signal?.addEventListener('abort', () => reject(new Error('the operation’s own')))
        }),
      { signal: controller.signal },
    )
    controller.abort(reason)
    await expect(hanging).rejects.toThrow(/left|own/)
  })

  it('tells each try its number', async () => {
    const numbers: number[] = []
    const done = retry(({ number }) => (numbers.push(number), number < 3 ? conflict : number))
    await vi.runAllTimersAsync()
    expect(await done).toBe(3)
    expect(numbers).toEqual([1, 2, 3])
  })
})

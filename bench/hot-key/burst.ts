/** What became of one client. */
export interface Ended {
  /** ms from the common start until it was told of its commit */
  readonly ms: number
  /** writes that it sent, the one that was made included */
  readonly tries: number
}

/** Many clients that began together, each of which was to count one up. */
export interface Burst {
  /** of those that finished, from the first to the last */
  readonly ended: readonly Ended[]
  /** what the counter says: as many as there are clients, or something was lost */
  readonly counted: number
  /** ms until the last commit */
  readonly took: number
}

/** Counts one up; answers how many writes it has sent. */
export type Strategy = (url: string) => Promise<number>

let counters = 0

/** All start at once on a counter that nobody has written yet, and each ends with its commit. */
export async function burst(origin: string, clients: number, make: () => Strategy): Promise<Burst> {
  const url = `${origin}/counters/${++counters}`
  await ok(fetch(url, { method: 'POST' }))
  // every client has its connection
  await Promise.all(Array.from({ length: clients }, () => ok(fetch(url))))
  const all = Array.from({ length: clients }, make)
  const began = performance.now()
  const ended: Ended[] = []
  await Promise.allSettled(
    all.map(async (strategy) => {
      const tries = await strategy(url)
      ended.push({ ms: performance.now() - began, tries })
    }),
  )
  const { n } = JSON.parse(await ok(fetch(url))) as { n: number }
  return { ended, counted: n, took: ended.at(-1)?.ms ?? NaN }
}

async function ok(answering: Promise<Response>): Promise<string> {
  const answer = await answering
  if (!answer.ok) throw new Error(`${answer.url} was answered ${answer.status}`)
  return answer.text()
}

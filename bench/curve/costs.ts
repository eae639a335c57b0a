import { quantile } from '../pairs.js'
import type { Costs } from '../simulation/hot-key.js'
import type { HotClient } from './clients.js'

/** How often one client asks, one request after the other. */
const ALONE = 25
/** ms for which all clients ask at once, each on a key of its own */
const SATURATED = 350

type Ask = (client: HotClient, path: string) => Promise<{ readonly status: number }>

const plain: Ask = (client, id) => client.put(`/plain/${id}`)
const unguarded: Ask = (client, id) => client.put(`/unguarded/${id}`)
const read: Ask = (client, id) => client.get(`/articles/${id}`)
/** Refused by its first step: no key of ours is at 0. */
const refused: Ask = async (client, id) => {
  const answer = await client.put(`/articles/${id}`, '"0"')
  if (answer.status !== 409) throw new Error(`PUT of an old version was answered ${answer.status}`)
  return answer
}

/**
 * What the simulation wants to know, from one client alone and from a server that has as much to do as it can, but
 * never on one key. `busy`: the ms for which the server's loop had something to do.
 */
export async function measureCosts(
  clients: readonly HotClient[],
  busy: () => Promise<number>,
): Promise<Costs> {
  const [first] = clients
  if (first === undefined) throw new Error('no client')
  await Promise.all(clients.map((client, id) => client.put(`/articles/${id}`)))
  const work = (ask: Ask) => workOf(clients, ask, busy)

  const [request, readWork, refusedWork] = [await work(plain), await work(read), await work(refused)]
  const [alone, refusedAlone, handled] = [
    await latency(first, plain),
    await latency(first, refused),
    await latency(first, unguarded),
  ]
  const step = Math.max(0, refusedWork - request)
  return {
    request,
    step,
    read: Math.max(0, readWork - refusedWork),
    wire: Math.max(0, alone - request),
    trip: Math.max(0, refusedAlone - alone - step),
    handler: Math.max(0, handled - alone),
  }
}

/** ms of one request, alone: the median. */
async function latency(client: HotClient, ask: Ask): Promise<number> {
  const seen: number[] = []
  for (let time = 0; time < ALONE; time += 1) {
    const began = performance.now()
    await ask(client, '0')
    seen.push(performance.now() - began)
  }
  seen.sort((one, other) => one - other)
  return quantile(seen, 0.5)
}

/** ms for which one request keeps the server's loop busy, while many are under way. */
async function workOf(clients: readonly HotClient[], ask: Ask, busy: () => Promise<number>): Promise<number> {
  const before = await busy()
  const end = performance.now() + SATURATED
  let answered = 0
  await Promise.all(
    clients.map(async (client, id) => {
      for (; performance.now() < end; answered += 1) await ask(client, String(id))
    }),
  )
  return ((await busy()) - before) / answered
}

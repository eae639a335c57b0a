import os from 'node:os'
import { cpuTime } from '../cpu-time.js'
import type { Costs } from '../simulation/hot-key.js'
import type { HotClient } from './clients.js'

/** How often one client asks, one request after the other. */
const ALONE = 40
/** ms for which all clients ask at once, each on a key of its own */
const SATURATED = 350

type Ask = (client: HotClient, id: string) => Promise<{ readonly status: number }>

const plain: Ask = (client, id) => client.put(`/plain/${id}`)
const unguarded: Ask = (client, id) => client.put(`/unguarded/${id}`)
const read: Ask = (client, id) => client.get(`/articles/${id}`)
/** As one client alone does it, with the tag of its last answer. */
async function writing(client: HotClient): Promise<Ask> {
  let { tag } = await client.put('/articles/0')
  return async () => {
    const answer = await client.put('/articles/0', tag)
    if (answer.status !== 200) throw new Error(`PUT of the current version was answered ${answer.status}`)
    tag = answer.tag
    return answer
  }
}

/** Makes two versions of each client's key, and then asks for the first of them: refused by its first step. */
async function refusing(clients: readonly HotClient[]): Promise<Ask> {
  const old = await Promise.all(
    clients.map(async (client, id) => {
      const { tag } = await client.put(`/articles/${id}`)
      await client.put(`/articles/${id}`, tag)
      return tag
    }),
  )
  return async (client, id) => {
    const answer = await client.put(`/articles/${id}`, old[Number(id)])
    if (answer.status !== 409) throw new Error(`PUT of an old version was answered ${answer.status}`)
    return answer
  }
}

/**
 * What the simulation wants to know, from one client alone and from a server that has as much to do as it can, but
 * never on one key. `busy`: the ms of CPU that the server has taken.
 */
export async function measureCosts(
  clients: readonly HotClient[],
  busy: () => Promise<number>,
): Promise<Costs> {
  const [first] = clients
  if (first === undefined) throw new Error('no client')
  const refused = await refusing(clients)
  const work = (ask: Ask) => saturated(clients, ask, busy)

  const [plainly, reads, refusals] = [await work(plain), await work(read), await work(refused)]
  const [alone, refusedAlone, handled, written] = [
    await latency(first, plain),
    await latency(first, refused),
    await latency(first, unguarded),
    await latency(first, await writing(first)),
  ]
  const step = Math.max(0, refusals.server - plainly.server)
  const store = Math.max(0, refusals.all - plainly.all - step)
  const trip = Math.max(0, refusedAlone - alone - step - store)
  return {
    client: plainly.client,
    request: plainly.server,
    wire: Math.max(0, alone - plainly.server - plainly.client),
    step,
    store,
    trip,
    change: Math.max(trip, (written - handled) / 2 - step - store),
    handler: Math.max(0, handled - alone),
    read: Math.max(0, reads.server - refusals.server),
  }
}

/** ms of one request, alone; the mean, since what is predicted is a sum of them. */
async function latency(client: HotClient, ask: Ask): Promise<number> {
  const began = performance.now()
  for (let time = 0; time < ALONE; time += 1) await ask(client, '0')
  return (performance.now() - began) / ALONE
}

/** ms of CPU that one request takes, of the server, of the clients, and of all that runs, while many are under way. */
async function saturated(
  clients: readonly HotClient[],
  ask: Ask,
  busy: () => Promise<number>,
): Promise<Work> {
  const [before, own, all] = [await busy(), process.cpuUsage(), machineBusy()]
  const end = performance.now() + SATURATED
  let answered = 0
  await Promise.all(
    clients.map(async (client, id) => {
      for (; performance.now() < end; answered += 1) await ask(client, String(id))
    }),
  )
  const machine = machineBusy() - all
  return {
    server: ((await busy()) - before) / answered,
    client: cpuTime(own) / 1_000 / answered,
    all: machine / answered,
  }
}

interface Work {
  readonly server: number
  readonly client: number
  readonly all: number
}

/** ms for which the machine's cores have been busy */
function machineBusy(): number {
  return os.cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)
}

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import type { Client } from '../../src/claims/queue.js'
import { names, options, processes } from './support.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

it('claims of which nobody could be told are looked for a few hundred at once in an outage, and not their requests kept', async () => {
  const { here, faults, calls, clock } = processes()
  const clients: WeakRef<Client>[] = []
  const refused = async (key: string) => {
    faults.swap.push('call-lost')
    faults.get.push('call-lost')
    const client: Client = { gone: () => new AbortController().signal }
    clients.push(new WeakRef(client))
    await expect(here.acquire(options({ key, expectation: names(0), client }))).rejects.toThrow('cut')
  }
  for (let index = 0; index < 600; index++) await refused(`articles/${index}`)
  const asked = calls.length
  await new Promise((resolve) => setImmediate(resolve))
  collect()
  expect(clients.filter((client) => client.deref() !== undefined)).toHaveLength(0)
  await clock.advance(60_000)
  expect(calls).toHaveLength(asked + 500)
  // then there is place again
  await refused('articles/1')
  await clock.advance(60_000)
  expect(calls).toHaveLength(asked + 500 + 3)
})

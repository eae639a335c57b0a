/* One of several processes that serve one API over one store: cluster.ts starts it, and kills it. */
import { liveTimers, timerOrigins } from './live-timers.js'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { ClaimOptions } from '../../src/index.js'
import { skewClocks } from './skewed-clock.js'

/** What a server process is told, as JSON in its first argument. */
export interface ServerTask {
  readonly store: string
  readonly url: string
  readonly claim: ClaimOptions
  /** ms by which the process's clock is wrong */
  readonly skew: number
  /** of what this process leaves to chance */
  readonly seed: number
}

/** What is open in a server process. */
export interface Resources {
  /** by kind, as Node calls them: `TCPSocketWrap` */
  readonly active: Readonly<Record<string, number>>
  readonly timers: number
  /** connections to the store that are in use */
  readonly busy: number
}

/** From the test: what is open? Close the connections to clients and to the store! */
export type ServerQuestion = 'resources' | 'close'

export type ServerReport =
  | { readonly port: number; readonly before: Resources }
  | { readonly resources: Resources }
  | { readonly closed: true }

const { store, url, claim, skew, seed } = JSON.parse(process.argv[2] ?? '') as ServerTask
if (skew !== 0) skewClocks(skew)
// loaded only now, with the clocks and timers as they are now
const [{ faultStore }, { dawdling }, { itemsApi }] = await Promise.all([
  import('./stores/index.js'),
  import('./dawdling.js'),
  import('../races/shared-routes.js'),
])
const tell = (report: ServerReport) => process.send!(report)
let busy = () => 0
let close: () => Promise<unknown> = () => Promise.resolve()

function resources(): Resources {
  const active: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) active[kind] = (active[kind] ?? 0) + 1
  return { active, timers: liveTimers(), busy: busy() }
}

process.on('message', async (question: ServerQuestion) => {
  if (question === 'resources') {
    tell({ resources: resources() })
    for (const origin of timerOrigins()) console.error(origin)
    return
  }
  await close()
  tell({ closed: true })
})
// without the test there is nobody to serve, whatever became of it
process.once('disconnect', () => process.exit())

// they are pipes, and opened with their first use
const _pipes = [process.stdout, process.stderr]
const before = resources()
const opened = (await faultStore(store)).open(url)
busy = () => opened.busy()
const server = itemsApi(dawdling(opened.served, seed), claim).listen(0, '127.0.0.1')
await once(server, 'listening')
close = async () => {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await Promise.all([closed, opened.close()])
}
tell({ port: (server.address() as AddressInfo).port, before })

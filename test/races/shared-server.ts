/* One of several processes that serve one API over one shared store: harness.ts starts it, and kills it. */
import type { AddressInfo } from 'node:net'
import type { ClaimOptions } from '../../src/index.js'
import { sharedStore } from './stores/index.js'
import type { Place } from './stores/store.js'

/** What a server process is told, as JSON in its first argument. */
export interface ServerTask {
  readonly store: string
  readonly place: Place
  readonly claim: ClaimOptions
  /** ms by which this process's wall clock is wrong */
  readonly skew: number
}

/** From the test to the server: what keeps its event loop alive, what is open? */
export type ServerQuestion = 'resources'

/** From the server. `resources`: how many of each kind, as Node calls them (`TCPSocketWrap`, `Timeout`). */
export type ServerReport =
  { readonly port: number } | { readonly resources: Readonly<Record<string, number>> }

const { store, place, claim, skew } = JSON.parse(process.argv[2] ?? '') as ServerTask

if (skew !== 0) {
  const RealDate = Date
  globalThis.Date = class extends RealDate {
    constructor(...given: [] | [string | number | Date]) {
      if (given.length === 0) super(RealDate.now() + skew)
      else super(...given)
    }
    static override now(): number {
      return RealDate.now() + skew
    }
  } as DateConstructor
}

const tell = (report: ServerReport) => process.send!(report)

// loaded only now: whatever keeps the time of its own start must see the skewed clock
const { itemsApi } = await import('./shared-routes.js')
const app = itemsApi(await (await sharedStore(store)).serve(place), claim)
const server = app.listen(0, '127.0.0.1', () => {
  tell({ port: (server.address() as AddressInfo).port })
})

process.on('message', (_question: ServerQuestion) => {
  const resources: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1
  tell({ resources })
})
// without the test there is nobody to serve, whatever became of it
process.once('disconnect', () => process.exit())

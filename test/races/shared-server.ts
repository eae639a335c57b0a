/* One of several processes that serve one API over one shared store: harness.ts starts it, and kills it. */
import type { AddressInfo } from 'node:net'
import type { ClaimOptions } from '../../src/index.js'
import { itemsApi } from './shared-routes.js'
import { sharedStore } from './stores/index.js'
import type { Place } from './stores/store.js'

/** What a server process is told, as JSON in its first argument. */
export interface ServerTask {
  readonly store: string
  readonly place: Place
  readonly claim: ClaimOptions
}

/** What it tells once it listens. */
export interface ServerReport {
  readonly port: number
}

const { store, place, claim } = JSON.parse(process.argv[2] ?? '') as ServerTask
const served = await (await sharedStore(store)).serve(place)
const server = itemsApi(served, claim).listen(0, '127.0.0.1', () => {
  process.send!({ port: (server.address() as AddressInfo).port } satisfies ServerReport)
})
// without the test there is nobody to serve, whatever became of it
process.once('disconnect', () => process.exit())

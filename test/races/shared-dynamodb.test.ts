import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll } from 'vitest'
import { raceOver } from './race.js'

type Dynalite = (options: { createTableMs: number }) => Server

let server: Server

beforeAll(async () => {
  const dynalite = createRequire(import.meta.url)('dynalite') as Dynalite
  server = dynalite({ createTableMs: 0 })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

for (const name of ['dynamodb ledger', 'dynamodb table'])
  raceOver(name, () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`)

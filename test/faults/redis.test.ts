import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Redis } from 'ioredis'
import { afterAll } from 'vitest'
import { ownDurableRedis, ownForgetfulRedis } from '../support/own-servers.js'
import { CLAIM } from './limits.js'
import { withstandsAll } from './networked.js'

const folder = mkdtempSync(path.join(tmpdir(), 'if-match-faults-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const at = (port: number): string =>
  `redis://127.0.0.1:${port}?${encodeURIComponent(path.join(folder, 'items.db'))}`

async function connections(port: number): Promise<number> {
  const client = new Redis(port, '127.0.0.1')
  const list = String(await client.client('LIST'))
  client.disconnect()
  return list.trim().split('\n').length - 1
}

withstandsAll('redis ledger, durable, by ioredis', ownDurableRedis, { at, connections })
withstandsAll('redis ledger, forgetful, by node-redis', ownForgetfulRedis, {
  at,
  connections,
  // when a server began is known to the second
  rest: CLAIM.lease + 1000,
})

// The counters in a process of their own. See bursts.ts.
import type { AddressInfo } from 'node:net'
import { postgresCounters, redisCounters } from './apps.js'

const [, , store, url = ''] = process.argv
const { app, close } = store === 'Redis' ? redisCounters(url) : await postgresCounters(url)
const server = app.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port })
})
process.on('disconnect', () => {
  void close().finally(() => process.exit(0))
})

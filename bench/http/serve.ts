import type { AddressInfo } from 'node:net'
import type { Express } from 'express'
import { cpuTime } from '../cpu-time.js'

/** Runs the application until its parent is gone, and tells that what CPU time it has used. See app-process.ts. */
export function serve(app: Express, close: () => Promise<void> = () => Promise.resolve()): void {
  const server = app.listen(0, '127.0.0.1', () => {
    process.send?.({ port: (server.address() as AddressInfo).port })
  })
  // a side waits for its turn while the others have theirs
  server.keepAliveTimeout = 0
  process.on('message', () => {
    process.send?.({ cpu: cpuTime() })
  })
  process.on('disconnect', () => {
    void close().finally(() => {
      process.exit(0)
    })
  })
}

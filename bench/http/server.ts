// One application in a process of its own, which tells its parent what CPU time it has used. See app-process.ts.
import type { AddressInfo } from 'node:net'
import { cpuTime } from '../cpu-time.js'
import { apps, isAppName } from './apps.js'

const [, , name = ''] = process.argv
if (!isAppName(name)) throw new Error(`no application ${JSON.stringify(name)}`)

const server = apps[name]().listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port })
})
// a side waits for its turn while the others have theirs
server.keepAliveTimeout = 0
process.on('message', () => {
  process.send?.({ cpu: cpuTime() })
})
process.on('disconnect', () => {
  process.exit(0)
})

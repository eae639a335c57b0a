// One of several processes that serve the same API, with the load on it: see ../sections/processes.ts.
import type { AddressInfo } from 'node:net'
import { cpuTime } from '../cpu-time.js'
import { load } from '../http/load.js'
import { guarded, type Way } from './guarded.js'

/** What a worker did while it was asked to. */
export interface Worked {
  readonly writes: number
  readonly ms: number
  /** µs of CPU, those of its own clients included */
  readonly cpu: number
}

const CONNECTIONS = 16
/** so that what is measured is compiled code */
const WARMING = 1000

const [, , way, name = '', first = '0'] = process.argv
const server = guarded(way as Way, name).listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  const clients = load(`http://127.0.0.1:${port}`, CONNECTIONS, (connection) => {
    // a key of its own, so that nobody waits for anybody
    const path = `/articles/${Number(first) + connection}`
    let tag: Readonly<Record<string, string>> = {}
    return {
      next: () => ({
        method: 'PUT',
        path,
        headers: { 'content-type': 'application/json', ...tag },
        body: '{"title":"An article"}',
      }),
      answered({ status, etag }) {
        if (status !== 200) throw new Error(`PUT ${path} was answered ${status}`)
        if (etag !== undefined) tag = { 'if-match': etag }
      },
    }
  })
  process.on('message', (ms: number) => {
    const [began, before] = [performance.now(), process.cpuUsage()]
    void clients.sendFor(ms).then((writes) => {
      process.send?.({ writes, ms: performance.now() - began, cpu: cpuTime(before) } satisfies Worked)
    })
  })
  void clients.send(WARMING).then(() => process.send?.('ready'))
})
process.on('disconnect', () => process.exit(0))

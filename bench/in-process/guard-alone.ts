// In a process of its own: writes without a network, through one middleware. Its parent asks; see sections/guard-alone.ts.
import { Session } from 'node:inspector/promises'
import type { IncomingMessage } from 'node:http'
import { ifMatch } from 'express-if-match'
import { cpuTime } from '../cpu-time.js'
import { putRequest, Unsent } from './requests.js'

type Middleware = (req: IncomingMessage, res: Unsent, next: (error?: unknown) => void) => unknown

/** What the parent asks for. */
export interface Asked {
  readonly side: 'empty' | 'guard'
  readonly of: 'cpu' | 'garbage'
}

const KEYS = 1000
const guards = ifMatch({ key: 'articles/:id' })
const sides: Readonly<Record<Asked['side'], Middleware>> = {
  empty: (_req, _res, next) => {
    next()
  },
  guard: guards.guard(),
}
const tags: (string | undefined)[] = []

async function write(middleware: Middleware, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const id = index % KEYS
    const req = putRequest(String(id), tags[id])
    const res = new Unsent(req)
    const left = new Promise<void>((resolve) => {
      res.left = resolve
    })
    middleware(req, res, (error) => {
      if (error !== undefined) throw error as Error
      res.statusCode = 200
      res.setHeader('Content-Type', 'application/json')
      res.end()
    })
    await left
    const tag = res.getHeader('ETag')
    if (typeof tag === 'string') tags[id] = tag
  }
}

/** µs of CPU per write */
async function cpuOf(middleware: Middleware, count: number): Promise<number> {
  const before = process.cpuUsage()
  await write(middleware, count)
  return cpuTime(before) / count
}

/** bytes allocated per write, sampled: what was collected meanwhile counts too */
async function garbageOf(middleware: Middleware, count: number): Promise<number> {
  const session = new Session()
  session.connect()
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: 256,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  })
  await write(middleware, count)
  const { profile } = await session.post('HeapProfiler.stopSampling')
  session.disconnect()
  const sizes: number[] = []
  const walk = (node: typeof profile.head): void => {
    sizes.push(node.selfSize)
    node.children.forEach(walk)
  }
  walk(profile.head)
  return sizes.reduce((sum, size) => sum + size, 0) / count
}

await write(guards.guard({ required: false }), KEYS)
for (const middleware of Object.values(sides)) await write(middleware, 20_000)

process.on('message', ({ side, of }: Asked) => {
  const measuring = of === 'cpu' ? cpuOf(sides[side], 20_000) : garbageOf(sides[side], 5_000)
  void measuring.then((figure) => process.send?.({ figure }))
})
process.on('disconnect', () => {
  process.exit(0)
})
process.send?.('ready')

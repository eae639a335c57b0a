import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** The two ends of a connection, as the proxy between them calls them. */
export type Side = 'client' | 'server'

/** A loopback TCP proxy in front of a server, which does to its connections what networks do. */
export interface TcpProxy {
  readonly port: number
  /** how many connections are open */
  readonly connections: number
  /** resets all connections, on both sides; new ones come through */
  cut(): void
  /** cuts all once so many more bytes have come through in all, either way: in the middle of a message */
  cutAfter(bytes: number): void
  /** from now on bytes arrive `ms` later, either way; Infinity: not before `heal` */
  delay(ms: number): void
  /**
   * tells one side of every connection that the other is done (FIN), and that is the last thing that passes: the
   * other side hears nothing any more until `heal`, as where a peer has gone and nobody told
   */
  halfClose(side: Side): void
  /** from now on resets every new connection */
  refuse(): void
  /** ends all of the above: what was delayed arrives, in order; what was closed half-way is cut */
  heal(): void
  /** cuts all, and listens no more */
  close(): Promise<void>
}

/** What holds for all connections of one proxy. */
interface Weather {
  /** ms */
  wait: number
  /** bytes that still come through */
  left: number
  refusing: boolean
}

interface Pair {
  halfClose(side: Side): void
  heal(): void
  cut(): void
}

/** Starts a proxy on a free port in front of 127.0.0.1:`port`, where nothing needs to listen yet. */
export async function tcpProxy(port: number): Promise<TcpProxy> {
  const pairs = new Set<Pair>()
  const weather: Weather = { wait: 0, left: Infinity, refusing: false }

  const cut = () => {
    weather.left = Infinity
    for (const pair of [...pairs]) pair.cut()
  }
  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    client.on('error', () => {})
    if (weather.refusing) {
      client.resetAndDestroy()
      return
    }
    const server = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const pair = join(client, server, weather, cut, () => pairs.delete(pair))
    pairs.add(pair)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')

  return {
    port: (listener.address() as AddressInfo).port,
    get connections() {
      return pairs.size
    },
    cut,
    cutAfter(bytes) {
      weather.left = bytes
    },
    delay(ms) {
      weather.wait = ms
    },
    halfClose(side) {
      for (const pair of pairs) pair.halfClose(side)
    },
    refuse() {
      weather.refusing = true
    },
    heal() {
      Object.assign(weather, { wait: 0, left: Infinity, refusing: false })
      for (const pair of [...pairs]) pair.heal()
    },
    async close() {
      cut()
      listener.close()
      await once(listener, 'close')
    },
  }
}

function join(client: Socket, server: Socket, weather: Weather, cutAll: () => void, onEnd: () => void): Pair {
  let half = false
  const cut = () => {
    onEnd()
    for (const end of [client, server]) end.resetAndDestroy()
  }
  const lead = (from: Socket, to: Socket) => {
    const line = delayLine(weather)
    from.on('data', (chunk: Buffer) => {
      line.pass(() => {
        if (half || to.destroyed) return
        const passed = chunk.subarray(0, weather.left)
        weather.left -= passed.length
        to.write(passed, () => {
          if (weather.left <= 0) cutAll()
        })
      })
    })
    from.once('end', () => {
      line.pass(() => {
        if (!half) to.end()
      })
    })
    from.once('error', () => {
      if (!half) cut()
    })
    from.once('close', () => {
      if (to.destroyed) onEnd()
    })
    return line
  }
  const lines = [lead(client, server), lead(server, client)]
  return {
    halfClose(side) {
      if (half) return
      half = true
      ;(side === 'client' ? client : server).end()
    },
    heal() {
      if (half) cut()
      else for (const line of lines) line.flush()
    },
    cut,
  }
}

/** Passes things on, each `weather.wait` after it came, and none before an earlier one. */
function delayLine(weather: Weather) {
  const held: { readonly due: number; readonly run: () => void }[] = []
  let timer: NodeJS.Timeout | undefined
  const run = (until: number) => {
    clearTimeout(timer)
    while (held[0] !== undefined && held[0].due <= until) held.shift()!.run()
    const next = held[0]
    if (next === undefined || next.due === Infinity) return
    const ms = Math.max(1, next.due - performance.now())
    timer = setTimeout(() => run(performance.now()), ms).unref()
  }
  return {
    pass(what: () => void) {
      const due = performance.now() + weather.wait
      held.push({ due: Math.max(due, held.at(-1)?.due ?? 0), run: what })
      run(performance.now())
    },
    flush: () => run(Infinity),
  }
}

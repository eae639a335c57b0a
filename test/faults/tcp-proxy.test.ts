import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { tcpProxy, type TcpProxy } from '../support/tcp-proxy.js'

let proxy: TcpProxy
/** the server's ends, in the order in which they came */
let accepted: End[]
let onAccepted = () => {}

/** One end of a connection, and what became of it. */
interface End {
  readonly socket: Socket
  readonly received: () => string
  /** in order, `end` and `close`, or an error's code */
  readonly events: readonly string[]
  /** one of these has been received, or has happened */
  until(...what: string[]): Promise<void>
}

function watched(socket: Socket): End {
  let received = ''
  const events: string[] = []
  let look = () => {}
  const note = (event: string) => {
    events.push(event)
    look()
  }
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => {
    received += text
    look()
  })
  socket.on('error', (error: NodeJS.ErrnoException) => note(String(error.code)))
  socket.on('end', () => note('end'))
  socket.on('close', () => note('close'))
  onTestFinished(() => void socket.destroy())
  return {
    socket,
    received: () => received,
    events,
    until: (...what) =>
      new Promise((resolve) => {
        look = () => {
          if (what.some((one) => received.includes(one) || events.includes(one))) resolve()
        }
        look()
      }),
  }
}

beforeEach(async () => {
  accepted = []
  onAccepted = () => {}
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(watched(socket))
    onAccepted()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  proxy = await tcpProxy((server.address() as AddressInfo).port)
  onTestFinished(async () => {
    await proxy.close()
    server.close()
  })
})

/** A connection through the proxy: the client's end, and the server's. */
async function connected(): Promise<readonly [client: End, server: End]> {
  const arrived = new Promise<void>((resolve) => (onAccepted = resolve))
  const client = watched(connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true }))
  await arrived
  return [client, accepted.at(-1)!]
}

it('passes bytes both ways, and the end of each way by itself', async () => {
  const [client, server] = await connected()
  expect(proxy.connections).toBe(1)
  client.socket.end('ask')
  await server.until('end')
  expect(server.received()).toBe('ask')
  server.socket.end('answer')
  await client.until('close')
  expect(client.received()).toBe('answer')
  await server.until('close')
  expect([...client.events, ...server.events]).not.toContain('ECONNRESET')
  const [second] = await connected()
  expect(proxy.connections).toBe(1)
  second.socket.resetAndDestroy()
})

it('cut: resets both sides, and lets new connections through', async () => {
  const [client, server] = await connected()
  proxy.cut()
  await Promise.all([client.until('ECONNRESET'), server.until('ECONNRESET')])
  expect(proxy.connections).toBe(0)
  const [again, there] = await connected()
  again.socket.write('ask')
  await there.until('ask')
})

it('cutAfter: so many bytes still arrive, of whatever connection, and then none', async () => {
  const [client, server] = await connected()
  const [other] = await connected()
  proxy.cutAfter(4)
  client.socket.write('abcdefgh')
  // Node ends a connection that has just been written to before it resets it
  await Promise.all([server.until('end', 'ECONNRESET'), client.until('close'), other.until('close')])
  expect(server.received().length).toBeLessThanOrEqual(4)
  const [again, there] = await connected()
  again.socket.write('abcdefgh')
  await there.until('abcdefgh')
})

it('delay: bytes arrive later and in order; after heal at once', async () => {
  const [client, server] = await connected()
  proxy.delay(50)
  const start = performance.now()
  client.socket.write('first')
  await server.until('first')
  expect(performance.now() - start).toBeGreaterThanOrEqual(49)
  proxy.delay(Infinity)
  client.socket.write('second')
  server.socket.write('never')
  await new Promise((resolve) => client.socket.write('third', resolve))
  expect(server.received()).toBe('first')
  expect(client.received()).toBe('')
  proxy.heal()
  await Promise.all([server.until('third'), client.until('never')])
  expect(server.received()).toBe('firstsecondthird')
})

it('halfClose: one side is told the end, the other nothing, until heal cuts it', async () => {
  for (const side of ['client', 'server'] as const) {
    const [client, server] = await connected()
    const [told, untold] = side === 'client' ? [client, server] : [server, client]
    proxy.halfClose(side)
    await told.until('end')
    told.socket.write('lost')
    told.socket.end()
    await told.until('close')
    await new Promise((resolve) => untold.socket.write('into the void', resolve))
    // a connection of its own comes through meanwhile, both ways
    const [other, there] = await connected()
    other.socket.write('ask')
    await there.until('ask')
    expect(untold.events).toEqual([])
    expect(untold.received() + told.received()).toBe('')
    proxy.heal()
    await untold.until('ECONNRESET')
    other.socket.resetAndDestroy()
    await there.until('ECONNRESET')
  }
})

it('refuse: resets new connections only', async () => {
  const [client, server] = await connected()
  proxy.refuse()
  const late = watched(connect({ port: proxy.port, host: '127.0.0.1' }))
  await late.until('close')
  client.socket.write('still')
  await server.until('still')
  expect(accepted).toHaveLength(1)
  proxy.heal()
  await connected()
})

it('resets the client where no server listens', async () => {
  const nowhere = await tcpProxy(1)
  onTestFinished(() => nowhere.close())
  const client = watched(connect({ port: nowhere.port, host: '127.0.0.1' }))
  await client.until('close')
  expect(nowhere.connections).toBe(0)
})

it('close: cuts all, and listens no more', async () => {
  const [client] = await connected()
  const gone = await tcpProxy(1)
  await gone.close()
  const late = watched(connect({ port: gone.port, host: '127.0.0.1' }))
  await late.until('ECONNREFUSED')
  expect(client.events).toEqual([])
})

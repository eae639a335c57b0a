import { createServer, Server } from 'node:http'
import type { RequestListener } from 'node:http'
import { optionError } from '../../core/errors.js'

/** An Express app, or any other listener; a server, listening or not; or the address of one on this machine. */
export type RaceTarget = RequestListener | Server | string

export interface Started {
  readonly origin: URL
  /** ends what was started here, and nothing else */
  stop(): Promise<void>
}

const FIX =
  'Give an app, a http.Server, or the address of a server on this machine, as http://127.0.0.1:3000.'

export async function startServer(app: RaceTarget): Promise<Started> {
  if (typeof app === 'string') return { origin: loopback(app), stop: () => Promise.resolve() }
  if (app instanceof Server && app.listening) return { origin: originOf(app), stop: () => Promise.resolve() }
  if (typeof app !== 'function' && !(app instanceof Server)) throw optionError('app', app, FIX)
  const server = app instanceof Server ? app : createServer(app)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return { origin: originOf(server), stop: () => stop(server) }
}

function originOf(server: Server): URL {
  const address = server.address()
  if (address === null || typeof address === 'string')
    throw optionError('app', address, 'It must listen on a port.')
  return new URL(`http://127.0.0.1:${address.port}`)
}

/** A race is an attack: it is run on one's own machine and nowhere else. */
function loopback(address: string): URL {
  const origin = URL.canParse(address) ? new URL(address) : undefined
  const host = origin?.hostname ?? ''
  const here = host === 'localhost' || host === '[::1]' || /^127(\.[0-9]+){3}$/.test(host)
  if (origin?.protocol !== 'http:' || !here) throw optionError('app', address, FIX)
  return origin
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}

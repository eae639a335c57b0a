import { afterAll, beforeAll, it, vi } from 'vitest'
import type { OwnServer } from '../support/own-server.js'
import type { OwnServers } from '../support/own-servers.js'
import { tcpProxy, type TcpProxy } from '../support/tcp-proxy.js'
import { FIVE_MINUTES, cuts, delays, halfCloses, killServers, network, restarts } from './faults.js'
import { withstands, type Trial } from './trial.js'

export interface Networked {
  /** the store's URL, at a port of its server or of the proxy before it */
  readonly at: (port: number) => string
  /** how many connections the server at this port has, without that of the question */
  readonly connections: (port: number) => Promise<number>
  /** ms after a restart in which it grants no claim; 0 */
  readonly rest?: number
  /** whether a crash takes back what was shown before it was on disk; false */
  readonly takesBack?: boolean
}

/** Every fault that a store on a server of its own must withstand. */
export function withstandsAll(
  store: string,
  servers: OwnServers,
  { at, connections, rest, takesBack = false }: Networked,
): void {
  vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 })
  servers.describe(store, () => {
    let server: OwnServer
    let proxy: TcpProxy

    beforeAll(async () => {
      server = await servers.create()
      proxy = await tcpProxy(server.port)
    })
    afterAll(async () => {
      await proxy.close()
      await server.end()
    })

    const under = (
      title: string,
      fault: Trial['fault'],
      more: Pick<Trial, 'skews' | 'takesBack'> = {},
    ): Promise<void> =>
      withstands(title, {
        ...more,
        store,
        url: at(server.port),
        through: at(proxy.port),
        fault,
        connections: () => connections(server.port),
      })
    it('a server process is killed every second, and the clocks of the others differ by five minutes', () =>
      under('kill', killServers, { skews: FIVE_MINUTES }))
    it('connections are cut', () => under('cut', network(proxy, cuts)))
    it('the store answers too late, or not at all', () => under('delay', network(proxy, delays)))
    it('connections are closed half-way', () => under('half-close', network(proxy, halfCloses)))
    it('the store is restarted', () => under('restart', restarts(server, rest), { takesBack }))
  })
}

import { Redis } from 'ioredis'
import { setTimeout as later } from 'node:timers/promises'
import { create, type OwnServer } from '../support/own-server.js'

/** Three primaries that share the slots, and a replica of the first. */
export interface OwnCluster {
  readonly port: number
  /** a connection to each of them, the replica's last */
  readonly nodes: readonly Redis[]
  end(): Promise<void>
}

const SLOTS = 16_384
const PRIMARIES = 3

const busPort = (port: number): number => port - 10_000

function createNode(): Promise<OwnServer> {
  return create({
    binary: 'redis-server',
    args: (folder, port) => {
      const net = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
      const cluster = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort(port))]
      return [...net, ...cluster, '--repl-diskless-sync-delay', '0']
    },
    async ask(port) {
      const redis = new Redis({ port, lazyConnect: true, retryStrategy: null })
      redis.on('error', () => undefined)
      try {
        await redis.connect()
      } finally {
        redis.disconnect()
      }
    },
    stopSignal: 'SIGTERM',
  })
}

export async function createCluster(): Promise<OwnCluster> {
  const servers: OwnServer[] = []
  const nodes: Redis[] = []
  const end = async (): Promise<void> => {
    for (const node of nodes) node.disconnect()
    await Promise.all(servers.map((server) => server.end()))
  }
  try {
    for (let index = 0; index <= PRIMARIES; index++) {
      const server = await createNode()
      servers.push(server)
      const node = new Redis(server.port)
      node.on('error', () => undefined)
      nodes.push(node)
      await node.cluster('SET-CONFIG-EPOCH', index + 1)
    }
    const [first, ...others] = nodes
    for (const [index, node] of nodes.slice(0, PRIMARIES).entries())
      await node.cluster('ADDSLOTS', slots(index))
    for (const { port } of servers.slice(1))
      await first!.cluster('MEET', '127.0.0.1', port, ...([busPort(port)] as unknown as []))
    await until(
      nodes,
      (info) => info.includes('cluster_state:ok') && info.includes(`known_nodes:${servers.length}`),
    )
    await others.at(-1)!.cluster('REPLICATE', await first!.cluster('MYID'))
    await followed(others.at(-1)!)
    return { port: servers[0]!.port, nodes, end }
  } catch (error) {
    await end()
    throw error
  }
}

function slots(index: number): number[] {
  const [from, to] = [index, index + 1].map((part) => Math.floor((part * SLOTS) / PRIMARIES))
  return Array.from({ length: to! - from! }, (_, slot) => from! + slot)
}

async function until(nodes: readonly Redis[], holds: (info: string) => boolean): Promise<void> {
  for (const node of nodes) while (!holds(await node.cluster('INFO'))) await later(20)
}

async function followed(replica: Redis): Promise<void> {
  while (!/master_link_status:up/.test(await replica.info('replication'))) await later(20)
}

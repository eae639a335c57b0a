import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe } from 'vitest'
import { redisLedger } from '../../src/stores/redis.js'
import type { OwnServer } from '../support/own-server.js'
import { ownForgetfulRedis } from '../support/own-servers.js'
import { clientKinds, clients, type ClientKind } from './redis-clients.js'
import { keepsTheContract } from './redis-contract-cases.js'
import { follow } from './redis-own.js'
import { randomPrefix } from './redis-support.js'

ownForgetfulRedis.describe('redisLedger keeps the contract', () => {
  for (const kind of clientKinds) {
    describe(kind.name, () => alone(kind))
    describe(`${kind.name}, waiting for a replica`, () => waiting(kind))
  }
  describe('anything that sends commands', () => {
    const { open } = serverWith({ name: 'sendCommand', open: openSender })
    keepsTheContract('sendCommand', { open: async () => redisLedger(await open()) })
  })
})

function serverWith(kind: ClientKind) {
  const opened = clients()
  let server: OwnServer
  let witness: Redis
  beforeAll(async () => {
    server = await ownForgetfulRedis.create()
    witness = new Redis(server.port)
    witness.on('error', () => undefined)
  })
  afterAll(async () => {
    opened.close()
    witness.disconnect()
    await server.end()
  })
  return {
    open: () => opened.open(kind, server.port),
    server: () => server,
    witness: () => witness,
  }
}

function alone(kind: ClientKind) {
  const { open, server, witness } = serverWith(kind)
  keepsTheContract(kind.name, {
    capabilities: { restart: true, entries: true },
    open: async () => redisLedger(await open()),
    async restart() {
      await server().crash()
      await server().start()
    },
    // a record that only a read has made goes by itself
    async entries() {
      const names = await witness().keys('if-match:*')
      const lives = await Promise.all(names.map((name) => witness().pttl(name)))
      return lives.filter((life) => life === -1).length
    },
  })
}

function waiting(kind: ClientKind) {
  const { open, server, witness } = serverWith(kind)
  const replica = serverWith(kind)
  const prefix = randomPrefix()
  beforeAll(async () => {
    await follow(replica.witness(), witness(), server().port)
  })
  const wait = { replicas: 1, timeout: 5000 }
  keepsTheContract(`${kind.name}, with WAIT`, {
    open: async () => redisLedger(await open(), { prefix, wait }),
  })
}

async function openSender(port: number) {
  const redis = new Redis(port)
  redis.on('error', () => undefined)
  const sendCommand = ([name, ...args]: string[]): Promise<unknown> => redis.call(name!, ...args)
  return { client: { sendCommand }, close: () => redis.disconnect() }
}

import { setTimeout as later } from 'node:timers/promises'
import type { OwnServer } from '../support/own-server.js'
import type { Random } from '../races/seed.js'
import type { TcpProxy } from '../support/tcp-proxy.js'
import { PAST_LIMIT, STORE_LIMIT } from './limits.js'
import type { Scene } from './trial.js'

export type Fault = (scene: Scene) => Promise<void>

/** Lets `ms` pass; false where the trial is over before. */
async function passed(ms: number, over: AbortSignal): Promise<boolean> {
  try {
    await later(ms, undefined, { signal: over })
    return true
  } catch {
    return false
  }
}

/** Every second, at a random moment of it, one of the servers dies; a new one takes its place. */
export const killServers: Fault = async ({ cluster, chance, over }) => {
  const successors: Promise<unknown>[] = []
  let rest = 0
  for (;;) {
    const moment = chance.next(1000)
    if (!(await passed(rest + moment, over))) break
    const { servers } = cluster
    // on a machine so slow that no successor has come up, the last one is left alone
    if (servers.length > 1) {
      await servers[chance.next(servers.length)]!.kill()
      successors.push(cluster.start())
    }
    rest = 1000 - moment
  }
  await Promise.all(successors)
}

/** All servers die at once, as where the machine does on which an embedded store is. */
export const killAll: Fault = async ({ cluster, chance, over }) => {
  while (await passed(1000 + chance.next(2000), over)) {
    const victims = [...cluster.servers]
    await Promise.all(victims.map((victim) => victim.kill()))
    await Promise.all(victims.map(() => cluster.start()))
  }
}

/**
 * Somebody else has the write lock of the file, at times for longer than anybody waits for it; never for a whole lease,
 * through which nobody could renew a claim.
 */
export function holdLock(open: () => { exec(sql: string): unknown; close(): unknown }): Fault {
  return async ({ chance, over }) => {
    const db = open()
    while (await passed(250 + chance.next(1000), over)) {
      db.exec('BEGIN IMMEDIATE')
      await passed(chance.next(PAST_LIMIT), over)
      db.exec('ROLLBACK')
    }
    db.close()
  }
}

/**
 * The store goes away, in turn as by a deployment and by a crash, and comes back. `rest`: ms that it is left alone
 * after each time, at least.
 */
export function restarts(server: OwnServer, rest = 0): Fault {
  return async ({ chance, over, crashed }) => {
    for (let turn = 0; await passed(500 + chance.next(1500), over); turn++) {
      if (turn % 2 === 0) await server.stop()
      else {
        await server.crash()
        crashed()
      }
      await passed(chance.next(500), over)
      await server.start()
      await passed(rest, over)
    }
  }
}

/** What a network does to all connections; resolves when it has passed. */
type Weather = (proxy: TcpProxy, scene: Scene) => unknown

/** The weathers one after the other, with calm between. */
export function network(proxy: TcpProxy, weathers: readonly Weather[]): Fault {
  return async (scene) => {
    const { chance, over } = scene
    for (let turn = 0; await passed(100 + chance.next(500), over); turn++)
      await weathers[turn % weathers.length]!(proxy, scene)
    proxy.heal()
  }
}

/** All connections end: at once, in the middle of a message, or with the next ones refused. */
export const cuts: readonly Weather[] = [
  (proxy) => proxy.cut(),
  (proxy, { chance }) => proxy.cutAfter(chance.next(4000)),
  (proxy, { chance }) => proxy.cutAfter(chance.next(400)),
  async (proxy, { chance, over }) => {
    proxy.refuse()
    proxy.cut()
    await passed(chance.next(PAST_LIMIT), over)
    proxy.heal()
  },
]

const late =
  (ms: (chance: Random) => number, lasting: (chance: Random) => number): Weather =>
  async (proxy, { chance, over }) => {
    proxy.delay(ms(chance))
    await passed(lasting(chance), over)
    proxy.heal()
  }

/** Everything takes longer than anybody waits for; nothing comes through at all; it only takes its time. */
export const delays: readonly Weather[] = [
  late(
    () => PAST_LIMIT,
    () => PAST_LIMIT,
  ),
  late(
    () => Infinity,
    ({ next }) => STORE_LIMIT + next(PAST_LIMIT),
  ),
  late(
    ({ next }) => next(200),
    () => 500,
  ),
]

/** One end is told that the connection is over, and the other is not, and never will be: it must find out. */
export const halfCloses: readonly Weather[] = [
  (proxy) => proxy.halfClose('server'),
  (proxy) => proxy.halfClose('client'),
  (_proxy, { over }) => passed(PAST_LIMIT, over),
]

/** ms by which the clocks of any two servers differ, one after the other */
export const FIVE_MINUTES: readonly number[] = [0, 300_000]

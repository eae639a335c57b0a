import { Redis } from 'ioredis'
import { redisLedger } from '../../../src/stores/redis.js'
import { textOf, type Data, type Item, type JournalEntry, type Place, type SharedStore } from './store.js'

/** Sets the value at KEYS[1], or removes it, and notes in KEYS[2] what it was and is: in one step, as Redis runs scripts. */
const WRITE = `
  local before = redis.call('GET', KEYS[1])
  if ARGV[1] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[1]) end
  if before or ARGV[1] ~= '' then redis.call('RPUSH', KEYS[2], cjson.encode({ before or '', ARGV[1] })) end
  return before and 1 or 0`

/** ms */
const PATIENCE = 5_000

function open(place: Place): Redis {
  const redis = new Redis(place.url, { commandTimeout: PATIENCE, retryStrategy: () => 50 })
  // a lost connection is an event besides the commands that are refused, and would be printed
  redis.on('error', () => {})
  return redis
}

const journalOf = ({ name }: Place) => `${name}:journal`

function dataOf(redis: Redis, place: Place): Data {
  const keyOf = (id: string) => `${place.name}:items:${id}`
  const write = (id: string, json: string) => redis.eval(WRITE, 2, keyOf(id), journalOf(place), json)
  return {
    async find(id) {
      const json = await redis.get(keyOf(id))
      return json === null ? undefined : (JSON.parse(json) as Item)
    },
    save: (item) => write(item.id, JSON.stringify(item)),
    delete: async (id) => (await write(id, '')) === 1,
  }
}

function entryOf(json: string): JournalEntry {
  const [before, after] = (JSON.parse(json) as readonly string[]).map((item) =>
    item === '' ? null : (JSON.parse(item) as Item),
  )
  const { id } = (before ?? after)!
  return { id, before: before ? textOf(before) : null, after: after ? textOf(after) : null }
}

/** Data and versions in one Redis: both are lost together. */
export const redisStores: readonly SharedStore[] = [
  {
    name: 'redis ledger',
    versions: 'ledger',
    async prepare(place) {
      const redis = open(place)
      return {
        journal: async () => (await redis.lrange(journalOf(place), 0, -1)).map(entryOf),
        async remove() {
          const keys = await redis.keys(`${place.name}:*`)
          if (keys.length > 0) await redis.del(...keys)
          redis.disconnect()
        },
      }
    },
    serve(place) {
      const redis = open(place)
      const ledger = redisLedger(redis, { prefix: `${place.name}:ledger:` })
      return { way: 'ledger', ledger, data: dataOf(redis, place) }
    },
  },
]

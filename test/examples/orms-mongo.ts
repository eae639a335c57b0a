import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import mongoose, { type Connection } from 'mongoose'

interface Stored {
  _id: string
  title: string
  __v: number
}
type Filter = Readonly<Record<string, unknown>>
interface Update {
  readonly $set: Partial<Stored>
  readonly $inc?: { readonly __v: number }
}

/** What the examples call of a collection of MongoDB's driver. */
export interface Articles {
  findOne(filter: Filter): Promise<Stored | null>
  findOneAndUpdate(filter: Filter, update: Update): Promise<Stored | null>
  updateOne(filter: Filter, update: Update): Promise<{ matchedCount: number }>
  insertOne(document: Stored): Promise<unknown>
  deleteMany(filter: Filter): Promise<unknown>
}

export interface Mongo {
  readonly connection: Connection
  readonly articles: Articles
  close(): Promise<void>
}

/** A server, in a database of its own. */
export async function openMongo(url: string): Promise<Mongo> {
  const dbName = `if_match_orms_${randomBytes(6).toString('hex')}`
  const connection = await mongoose.createConnection(url, { dbName }).asPromise()
  return {
    connection,
    articles: connection.collection('articles') as unknown as Articles,
    async close() {
      await connection.dropDatabase()
      await connection.close()
    },
  }
}

/** No server: a connection that is never opened, over whose driver's collection stands one that keeps its documents here. */
export function fakeMongo(): Mongo {
  const connection = mongoose.createConnection()
  connection.set('autoCreate', false)
  connection.set('autoIndex', false)
  const articles = Object.assign(connection.collection('articles') as unknown as Articles, inMemory())
  return { connection, articles, close: () => connection.close() }
}

/** Understands filters of equal members, `$set` and `$inc`; anything else is a mistake of the test. */
function inMemory(): Articles {
  let stored: Stored[] = []
  const matching = (filter: Filter) =>
    stored.find((one) => Object.entries(filter).every(([name, value]) => Reflect.get(one, name) === value))
  const updated = (filter: Filter, { $set, $inc, ...others }: Update) => {
    if (Object.keys(others).length > 0) throw new Error(`not understood: ${Object.keys(others).join()}`)
    const found = matching(filter)
    if (found !== undefined) Object.assign(found, $set, { __v: found.__v + ($inc?.__v ?? 0) })
    return found
  }
  const copy = (found: Stored | undefined) => (found === undefined ? null : { ...found })
  // what it answers, it answers later: others come in between, as on a network
  return {
    findOne: async (filter) => (await setImmediate(), copy(matching(filter))),
    findOneAndUpdate: async (filter, update) => (await setImmediate(), copy(updated(filter, update))),
    updateOne: async (filter, update) => {
      await setImmediate()
      return { matchedCount: updated(filter, update) === undefined ? 0 : 1 }
    },
    insertOne: async (document) => stored.push({ ...document }),
    deleteMany: async () => void (stored = []),
  }
}

import { judge, unseen } from 'express-if-match/core'
import type {
  Expectation,
  Identity,
  Ledger,
  LedgerRecord,
  LedgerSteps,
  Table,
  TableSteps,
} from 'express-if-match/core'
import type { ContractRow, LedgerSubject, TableSubject } from 'express-if-match/testing'
import { CORRECT, written } from '../../src/testing/broken/ledger-parts.js'

/** State that one transaction at a time changes, over a draft, whatever its work awaits: as a server's database does. */
class Database<Value> {
  committed = { values: new Map<string, Value>(), notes: [] as string[], serial: 0 }
  #last: Promise<unknown> = Promise.resolve()

  exclusive<T>(work: (draft: Database<Value>['committed']) => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      const { values, notes, serial } = this.committed
      const draft = { values: new Map(values), notes: [...notes], serial }
      const result = await work(draft)
      this.committed = draft
      return result
    })
    this.#last = turn.catch(() => undefined)
    return turn
  }
}

const capabilities = { shared: true, transaction: true, application: true, 'async-work': true } as const
const write = async (client: unknown, text: string) => (client as { notes: string[] }).notes.push(text)
let fresh = 0

export function promisedLedger(): LedgerSubject {
  const db = new Database<LedgerRecord>()
  const stepsOn = ({ values }: typeof db.committed): LedgerSteps => {
    const get = async (key: string) => values.get(key) ?? unseen()
    return {
      get,
      async compareAndSwap(key, { from, to }) {
        const stored = await get(key)
        if (!CORRECT.matches(stored, from)) return { swapped: false, record: stored }
        const record = written(stored, to)
        values.set(key, record)
        return { swapped: true, record }
      },
    }
  }
  const ledger: Ledger = {
    name: 'promised ledger',
    epoch: '',
    get: (key) => stepsOn(db.committed).get(key),
    getMany: async (keys) => Promise.all(keys.map(async (key) => stepsOn(db.committed).get(key))),
    compareAndSwap: (key, swap) => db.exclusive(async (draft) => stepsOn(draft).compareAndSwap(key, swap)),
    transaction: (work) => db.exclusive(async (draft) => work(stepsOn(draft), draft)),
  }
  const lacking = { clock: 'it has none', restart: 'it is in memory', entries: 'nobody counts them' }
  return {
    name: ledger.name,
    capabilities: { ...capabilities, ...lacking },
    open: async () => ledger,
    key: () => `key-${++fresh}`,
    application: { write, read: async () => db.committed.notes },
  }
}

export function promisedTable(): TableSubject {
  const db = new Database<ContractRow>()
  const stepsOn = (state: typeof db.committed): TableSteps<ContractRow> => {
    const { values } = state
    const find = async ({ id }: Identity) => (typeof id === 'string' ? values.get(id) : undefined)
    const matching = async (identity: Identity, expected: Expectation) => {
      const row = await find(identity)
      return row && judge(expected, { version: String(row.version), existence: 'present' }).pass
        ? row
        : undefined
    }
    const put = (row: ContractRow, { title = row.title, note = row.note }: Partial<ContractRow>) => {
      const next = { ...row, title, note, version: ++state.serial }
      values.set(row.id, next)
      return next
    }
    return {
      find,
      async update(identity, expected, change) {
        const row = await matching(identity, expected)
        return row && put(row, change)
      },
      async insert({ id }, change) {
        if (typeof id !== 'string' || values.has(id)) return undefined
        return put({ id, version: 0, title: '', note: null, owner: null }, change)
      },
      async delete(identity, expected) {
        const row = await matching(identity, expected)
        if (row) values.delete(row.id)
        return row
      },
    }
  }
  const table: Table<ContractRow> = {
    name: 'promised table',
    versionColumn: 'version',
    columns: ['title', 'note'],
    versionOf: ({ version }) => String(version),
    isVersion: (text) => /^[1-9][0-9]*$/.test(text),
    find: (identity) => stepsOn(db.committed).find(identity),
    update: (...given) => db.exclusive(async (draft) => stepsOn(draft).update(...given)),
    insert: (...given) => db.exclusive(async (draft) => stepsOn(draft).insert(...given)),
    delete: (...given) => db.exclusive(async (draft) => stepsOn(draft).delete(...given)),
    transaction: (work) => db.exclusive(async (draft) => work(stepsOn(draft), draft)),
  }
  const application = { write, read: async () => db.committed.notes }
  return { name: table.name, capabilities, open: async () => table, id: () => `id-${++fresh}`, application }
}

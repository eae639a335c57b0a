import type { Expectation } from 'express-if-match/core'
import { ifMatch } from 'express-if-match'
import { exchange } from '../http/socketless.js'
import { compare, type Comparison, type Side } from '../pairs.js'
import { short, type Goal, type Row } from '../rows.js'
import { CHANGE, ROWS, rowsOf, type Article, type Articles, type Plain } from '../tables/articles.js'
import { mariadbArticles } from '../tables/mariadb.js'
import { postgresArticles } from '../tables/postgres.js'
import { sqliteArticles } from '../tables/sqlite.js'
import { throughput, type Operation } from '../throughput.js'

const ROUNDS = 15
const MS = 70
const CLIENTS = [1, 16, 64]

/** `write.update` beside the statement that an application without versions would send: the table's own part, and all of it. */
export async function tableWrites(): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const open of [postgresArticles, mariadbArticles, sqliteArticles]) {
    const articles = await open()
    try {
      for (const clients of CLIENTS) rows.push(...(await ofTable(articles, clients)))
      for (const clients of CLIENTS) rows.push(await wrapped(articles, clients))
    } finally {
      await articles.close()
    }
  }
  return rows
}

/** The version that each row has: what a client would have read before it writes. */
const fresh = (): number[] => Array.from({ length: ROWS }, () => 1)
const versions = new WeakMap<Articles, number[]>()

function versionsOf(articles: Articles): number[] {
  const known = versions.get(articles) ?? fresh()
  versions.set(articles, known)
  return known
}

async function ofTable(articles: Articles, clients: number): Promise<readonly Row[]> {
  const { name, table, plain } = articles
  const known = versionsOf(articles)
  const side = sideOf(clients, (next) => async (client) => {
    const id = next(client)
    const row = await table.update({ id }, named(known[id]!), CHANGE)
    if (row === undefined) throw new Error(`the row ${id} is not of version ${known[id]}`)
    known[id] = row.version
  })
  const [first, ...others] = Object.entries(plain)
  if (first === undefined) return []
  const rows: Row[] = []
  for (const [against, write] of [first, ...others]) {
    const baseline = sideOf(clients, (next) => async (client) => {
      const id = next(client)
      known[id] = versionAfter(await write(id), known[id]!)
    })
    const compared = await compare(baseline, { table: side }, ROUNDS)
    const goal: Goal = write === first[1] ? { atLeast: 0.95 } : { none: true }
    rows.push(
      rowOf(
        `\`table.update\`, ${name}, ${clients === 1 ? '1 client' : `${clients} clients`}`,
        against,
        goal,
        compared,
      ),
    )
  }
  return rows
}

async function wrapped(articles: Articles, clients: number): Promise<Row> {
  const { name, table, plain } = articles
  const known = versionsOf(articles)
  const guards = ifMatch({ key: 'articles/:id', table })
  const guarded = guards.wrap(async (_req, res, write) => {
    res.end(JSON.stringify(await write.update(CHANGE)))
  })
  const [[against, write] = ['', () => undefined] satisfies [string, Plain]] = Object.entries(plain)
  const side = sideOf(clients, (next) => async (client) => {
    const id = next(client)
    const { req, res, answered } = exchange(`/articles/${id}`, { id: String(id) }, `"${known[id]!}"`)
    guarded(req as never, res as never, (error) => {
      throw new Error('no answer', { cause: error })
    })
    await answered
    if (res.statusCode !== 200) throw new Error(`the row ${id} was answered ${res.statusCode}`)
    known[id]! += 1
  })
  const baseline = sideOf(clients, (next) => async (client) => {
    const id = next(client)
    const { res } = exchange(`/articles/${id}`, { id: String(id) })
    const row = await write(id)
    res.end(JSON.stringify(row))
    known[id] = versionAfter(row, known[id]!)
  })
  const compared = await compare(baseline, { table: side }, ROUNDS)
  const what = `wrapped handler with \`write.update\`, no network, ${name}, ${clients === 1 ? '1 client' : `${clients} clients`}`
  return rowOf(what, `a bare handler with ${against}`, { none: true }, compared)
}

function sideOf(clients: number, operation: (next: (client: number) => number) => Operation): Side {
  return throughput(clients, MS, operation(rowsOf(clients)))
}

function named(version: number): Expectation {
  return { kind: 'one-of', versions: [String(version)], weak: false, source: 'if-match' }
}

function versionAfter(row: Article | undefined, before: number): number {
  return row === undefined ? before + 1 : row.version
}

function rowOf(
  what: string,
  against: string,
  goal: Goal,
  { sides: { table }, baseline, control }: Comparison<'table'>,
): Row {
  const figures = `${short(table.side.median)}/s against ${short(baseline.median)}/s`
  return { what, against, of: 'throughput', goal, seen: table.ratio, control, figures }
}

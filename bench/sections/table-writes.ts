import type { Expectation } from 'express-if-match/core'
import { compare, type Comparison, type Side } from '../pairs.js'
import { short, type Goal, type Row } from '../rows.js'
import { CHANGE, ROWS, rowsOf, type Article, type Articles } from '../tables/articles.js'
import { databases } from '../tables/databases.js'
import { throughput, type Operation } from '../throughput.js'

const ROUNDS = 15
const MS = 70
const CLIENTS = [1, 16, 64]

/** The statement of `write.update` beside the one that an application without versions would send. */
export async function tableWrites(): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const open of Object.values(databases)) {
    const articles = await open()
    try {
      for (const clients of CLIENTS) rows.push(...(await ofTable(articles, clients)))
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

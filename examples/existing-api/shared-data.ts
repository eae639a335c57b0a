import type { RequestHandler } from 'express4'
import type { Data, Database } from 'json-server'
import type Libsql from 'libsql'

export type SharedFile = Pick<Libsql.Database, 'exec' | 'prepare' | 'transaction'>

interface Row {
  readonly place: string
  readonly json: string
}

/**
 * Lets several processes serve one set of data. json-server knows only its own memory, so that is filled from the
 * file before each request, and what a request has changed is written back: those rows, and no others.
 *
 * This makes nothing safe by itself: two processes that change one row still overwrite each other.
 */
export function shareData(db: Database, file: SharedFile): RequestHandler {
  const empty = emptied(db.getState())
  // the rows as they were last read or written here
  let known = new Map<string, string>()

  file.exec('PRAGMA busy_timeout = 5000')
  file.exec('CREATE TABLE IF NOT EXISTS data (number INTEGER PRIMARY KEY, place TEXT UNIQUE, json TEXT)')
  const all = file.prepare('SELECT place, json FROM data ORDER BY number')
  const save = file.prepare(
    'INSERT INTO data (place, json) VALUES (?, ?) ON CONFLICT (place) DO UPDATE SET json = excluded.json',
  )
  const remove = file.prepare('DELETE FROM data WHERE place = ?')

  const read = (): void => {
    const rows = all.all() as Row[]
    known = new Map(rows.map(({ place, json }) => [place, json]))
    db.setState(toState(empty, rows))
  }

  const write = file.transaction(() => {
    const now = toRows(db.getState())
    for (const [place, json] of now) if (known.get(place) !== json) save.run(place, json)
    for (const place of known.keys()) if (!now.has(place)) remove.run(place)
    known = now
  })
  db.write = () => {
    write.immediate()
  }

  const fill = file.transaction(() => {
    if (all.all().length > 0) return
    for (const [place, json] of toRows(db.getState())) save.run(place, json)
  })
  fill.immediate()

  return function readData(_req, _res, next) {
    read()
    next()
  }
}

/** `articles/1` for a row of a collection, `profile` for a resource that there is one of. */
function toRows(state: Data): Map<string, string> {
  const rows = new Map<string, string>()
  for (const [name, value] of Object.entries(state)) {
    if (!Array.isArray(value)) rows.set(name, JSON.stringify(value))
    else
      for (const item of value as { id: unknown }[])
        rows.set(`${name}/${String(item.id)}`, JSON.stringify(item))
  }
  return rows
}

function toState(empty: Data, rows: readonly Row[]): Data {
  const state: Data = { ...empty, ...Object.fromEntries(collections(empty).map((name) => [name, []])) }
  for (const { place, json } of rows) {
    const list = state[place.split('/')[0] ?? '']
    if (Array.isArray(list)) list.push(JSON.parse(json))
    else state[place] = JSON.parse(json)
  }
  return state
}

/** The same collections with nothing in them. */
function emptied(state: Data): Data {
  return Object.fromEntries(
    Object.entries(state).map(([name, value]) => [name, Array.isArray(value) ? [] : value]),
  )
}

function collections(state: Data): string[] {
  return Object.keys(state).filter((name) => Array.isArray(state[name]))
}

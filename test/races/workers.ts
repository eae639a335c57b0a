import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import Database from 'libsql'
import { createApp } from '../../examples/existing-api/app.js'
import { articles } from './articles.js'
import type { Report, Stop } from './worker.js'

const PROGRAM = new URL('./worker.ts', import.meta.url)

export interface Worker {
  /** of an article that it serves */
  url(key: string): string
  /** the next write of this key stops there for good; resolves when the worker knows */
  arm(key: string, stop: Stop): Promise<void>
  /** resolves when a write of the key has stopped */
  stopped(key: string): Promise<void>
  /** resolves when it is dead */
  kill(): Promise<void>
}

/** What has really been written to the data, in order. */
export interface JournalEntry {
  readonly before: { readonly value: string }
  readonly after: { readonly value: string; readonly base: string }
}

export interface Cluster {
  start(): Promise<Worker>
  journal(key: string): readonly JournalEntry[]
  /** kills what still runs, and removes the file */
  end(): Promise<void>
}

/** A file for data and versions, on which workers can be started. `lease` in ms. */
export function cluster(options: { readonly articles: number; readonly lease: number }): Cluster {
  const folder = mkdtempSync(path.join(tmpdir(), 'if-match-races-'))
  const file = path.join(folder, 'api.db')
  const children = new Set<ChildProcess>()
  const db = new Database(file)
  db.exec('PRAGMA busy_timeout = 5000')
  db.exec('PRAGMA journal_mode = WAL')
  createApp({ data: articles(options.articles), file: db })
  // SQLite itself keeps it, in the transaction of the write: nothing that is killed can leave it out
  db.exec(`CREATE TABLE journal (number INTEGER PRIMARY KEY, place TEXT, before TEXT, after TEXT);
    CREATE TRIGGER keep AFTER UPDATE ON data BEGIN
      INSERT INTO journal (place, before, after) VALUES (old.place, old.json, new.json);
    END`)
  const journal = db.prepare('SELECT before, after FROM journal WHERE place = ? ORDER BY number')

  return {
    async start() {
      const child = fork(PROGRAM, [file, String(options.articles), String(options.lease)], {
        execArgv: ['--import', 'tsx'],
      })
      children.add(child)
      child.once('exit', () => children.delete(child))
      const reports: Report[] = []
      const waiting = new Set<() => void>()
      const wake = () => {
        for (const look of waiting) look()
      }
      child.on('message', (report: Report) => {
        reports.push(report)
        wake()
      })
      child.once('exit', wake)
      const reported = <T>(find: (report: Report) => T | undefined): Promise<T> =>
        new Promise((resolve, reject) => {
          const look = () => {
            const found = reports.map(find).find((one) => one !== undefined)
            if (found === undefined && children.has(child)) return
            waiting.delete(look)
            if (found === undefined) reject(new Error('a worker has ended'))
            else resolve(found)
          }
          waiting.add(look)
          look()
        })
      const port = await reported((report) => ('port' in report ? report.port : undefined))
      return {
        url: (key) => `http://127.0.0.1:${port}/${key}`,
        async arm(key, stop) {
          child.send({ key, stop })
          await reported((report) => ('armed' in report && report.armed === key ? true : undefined))
        },
        async stopped(key) {
          await reported((report) => ('stopped' in report && report.stopped === key ? true : undefined))
        },
        kill: () => kill(child),
      }
    },
    journal: (key) =>
      (journal.all(key) as { before: string; after: string }[]).map(({ before, after }) => ({
        before: JSON.parse(before) as JournalEntry['before'],
        after: JSON.parse(after) as JournalEntry['after'],
      })),
    async end() {
      await Promise.all([...children].map(kill))
      db.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

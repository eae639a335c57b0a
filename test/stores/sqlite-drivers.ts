import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, it } from 'vitest'
import { requires } from '../support/requires.js'
import { driver, type Driver, type OpenDatabase } from './sqlite-drivers-open.js'

/** Runs a suite over every driver of this machine. */
export function onEachDriver(title: string, suite: (driver: Driver) => void): void {
  describe(`${title}, on libsql`, () => suite(driver('libsql')!))

  const better = driver('better-sqlite3')
  requires('better-sqlite3', better !== undefined, 'npm install --no-save better-sqlite3@12').describe(
    `${title}, on better-sqlite3`,
    () => suite(better!),
  )

  // no package brings it: on an older Node it is not missing, even under CI
  const builtin = driver('node:sqlite')
  if (builtin !== undefined) describe(`${title}, on node:sqlite`, () => suite(builtin))
  else {
    it(`${title}, on node:sqlite`, (context) => {
      context.skip('not run here: node:sqlite: Node 22.5 or newer has it')
    })
  }
}

const folders: string[] = []
const opened: OpenDatabase[] = []

/** A path for a database that goes with the test. */
export function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'if-match-sqlite-'))
  folders.push(folder)
  return join(folder, 'test.db')
}

/** Closes it after the test. */
export function closing<Db extends OpenDatabase>(db: Db): Db {
  opened.push(db)
  return db
}

/** In every file that uses the two above. */
export function tidyUp(): void {
  afterEach(() => {
    for (const db of opened.splice(0)) db.close()
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  })
}

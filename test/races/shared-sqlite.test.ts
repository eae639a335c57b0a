import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, it } from 'vitest'
import { foundOut } from './found-out.js'
import { checkLinearizable } from './linearizability/check.js'
import { race, raceOver } from './race.js'

let folder = ''

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'if-match-races-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

for (const name of ['sqlite ledger', 'sqlite ledger with transaction and claims', 'sqlite table'])
  raceOver(name, () => folder)

it.each(['broken ledger: it checks, and then acts', 'broken table: its update has no predicate'])(
  'finds out a %s',
  { timeout: 300_000 },
  (name) =>
    foundOut(async () => {
      const claim = { lease: 1000, wait: 200 }
      const { history, store } = await race(name, folder, { processes: 2, writes: 400, claim })
      // not even what is forgiven where something was killed or cut excuses it
      return () => checkLinearizable(history, { ...store, faults: true })
    }, /is not linearizable|names two states/),
)

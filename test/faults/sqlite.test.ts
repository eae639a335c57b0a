import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it, onTestFinished, vi } from 'vitest'
import { FIVE_MINUTES, holdLock, killAll, killServers } from './faults.js'
import { openFile, sqliteStores } from './stores/sqlite.js'
import { withstands, type Trial } from './trial.js'

vi.setConfig({ testTimeout: 300_000 })

for (const { name } of sqliteStores) {
  describe(name, () => {
    const under = (
      title: string,
      fault: (file: string) => Trial['fault'],
      skews: readonly number[] = [0],
    ): Promise<void> => {
      const folder = mkdtempSync(path.join(tmpdir(), 'if-match-faults-'))
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
      const file = path.join(folder, 'items.db')
      return withstands(title, {
        store: name,
        url: file,
        skews,
        fault: fault(file),
        connections: async () => 0,
      })
    }
    it('a server process is killed every second, and the clocks of the others differ by five minutes', () =>
      under('kill', () => killServers, FIVE_MINUTES))
    it('all of them are killed at once', () => under('restart', () => killAll))
    it('somebody else keeps the file locked', () => under('lock', (file) => holdLock(() => openFile(file))))
  })
}

import type { AddressInfo } from 'node:net'
import { ifMatch } from 'express-if-match'
import { sqliteLedger } from 'express-if-match/sqlite'
import Database from 'libsql'
import { createApp } from './app.js'
import { initialData } from './data.js'

// PORT: where it listens. GUARDED=0: without the library, to see what happens then.
// DATABASE: a SQLite file for the data and the versions, which several of these processes may share.
const { PORT = '3000', GUARDED = '1', DATABASE } = process.env

const file = DATABASE === undefined ? undefined : new Database(DATABASE)
const guard = file === undefined ? ifMatch() : ifMatch({ ledger: sqliteLedger(file) })
const app = createApp({
  data: initialData(),
  ...(GUARDED === '0' ? {} : { guard }),
  ...(file === undefined ? {} : { file }),
})

const server = app.listen(Number(PORT), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  console.log(
    `json-server, ${GUARDED === '0' ? 'unguarded' : 'guarded'}: http://127.0.0.1:${port}/articles/1`,
  )
})
server.once('error', (error) => {
  console.error(error.message)
  process.exitCode = 1
})

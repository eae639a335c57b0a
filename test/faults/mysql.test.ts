import mysql, { type RowDataPacket } from 'mysql2/promise'
import { ownMariadb } from '../support/own-servers.js'
import { withstandsAll } from './networked.js'
import { mysqlStores } from './stores/mysql.js'

const at = (port: number): string => `mysql://root@127.0.0.1:${port}/test`

async function connections(port: number): Promise<number> {
  const connection = await mysql.createConnection(at(port))
  const others = "SELECT id FROM information_schema.processlist WHERE id <> connection_id() AND user = 'root'"
  const [rows] = await connection.query<RowDataPacket[]>(others)
  await connection.end()
  return rows.length
}

for (const { name } of mysqlStores) {
  withstandsAll(name, ownMariadb, {
    at,
    connections,
    // it shows a commit before it is on disk, where there is no binary log to wait for
    takesBack: true,
  })
}

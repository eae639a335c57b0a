import type { AddressInfo } from 'node:net'
import { createApp } from './app.js'
import { listArticles, openDatabase } from './database.js'
import { readSettings, StartError } from './settings.js'
import { welcome } from './welcome.js'

try {
  start()
} catch (error) {
  if (!(error instanceof StartError)) throw error
  fail(error.message)
}

function start(): void {
  const { port, database } = readSettings(process.env)
  const db = openDatabase(database)
  const server = createApp(db).listen(port, '127.0.0.1', (error) => {
    if (error !== undefined) {
      db.close()
      fail(listenError(error, port))
      return
    }
    const { port: actual } = server.address() as AddressInfo
    console.log(welcome(`http://127.0.0.1:${actual}`, database, listArticles(db).at(-1)))
  })

  const stop = (): void => {
    // requests under way are answered first; then nothing keeps the process
    server.close(() => {
      db.close()
    })
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}

function listenError(error: NodeJS.ErrnoException, port: number): string {
  if (error.code === 'EADDRINUSE') {
    return `Port ${port} is taken by another program. Stop that one, or choose another port: PORT=${port === 65535 ? 3000 : port + 1} npm start`
  }
  if (error.code === 'EACCES')
    return `Port ${port} is not for every user. Choose one above 1023: PORT=3000 npm start`
  return `Port ${port} cannot be opened: ${error.message}`
}

function fail(message: string): void {
  console.error(message)
  process.exitCode = 1
}

import type { Middleware } from 'express-if-match'
import type { Express } from 'express4'
import jsonServer, { type Data } from 'json-server'
import { shareData, type SharedFile } from './shared-data.js'

export interface AppOptions {
  readonly data: Data
  /** left out: the API as its authors published it, and nothing before it */
  readonly guard?: Middleware
  /** keeps the data in this file, for several processes; left out, it is in memory */
  readonly file?: SharedFile
}

/** json-server as its own documentation puts it together, and one line more. */
export function createApp({ data, guard, file }: AppOptions): Express {
  const app = jsonServer.create()
  const router = jsonServer.router(data)
  app.use(jsonServer.defaults({ logger: false }))
  if (guard !== undefined) app.use(guard)
  if (file !== undefined) app.use(shareData(router.db, file))
  app.use(router)
  return app
}

/** The parts of json-server 0.17 that are used here; it comes without types. */
declare module 'json-server' {
  import type { Express, RequestHandler, Router } from 'express4'

  export type Data = Record<string, unknown>

  export interface Database {
    getState(): Data
    setState(state: Data): unknown
    /** called after each change of the state */
    write(): unknown
  }

  const jsonServer: {
    create(): Express
    defaults(options?: { logger?: boolean; noCors?: boolean; noGzip?: boolean }): RequestHandler[]
    /** a REST API over `data`, which it keeps in memory, and changes */
    router(data: Data): Router & { readonly db: Database }
    rewriter(rules: Readonly<Record<string, string>>): Router
  }
  export default jsonServer
}

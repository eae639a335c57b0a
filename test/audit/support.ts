import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Express } from 'express'
import express4 from 'express4'
import { auditRoutes, type Audit, type AuditOptions, type Finding } from 'express-if-match/audit'

/** Both majors, under the types of the one: what is called here is the same in both. */
export const MAJORS: readonly (readonly [string, typeof express])[] = [
  ['Express 5', express],
  ['Express 4', express4 as unknown as typeof express],
]

/** A handler that answers. */
export function answer(_req: express.Request, res: express.Response): void {
  res.json({ version: 1 })
}

/** A function on the way to one. */
export function login(_req: express.Request, _res: express.Response, next: express.NextFunction): void {
  next()
}

export function findings(app: unknown, options?: AuditOptions): string[] {
  return auditRoutes(app, options).findings.map(({ code, method, path }) => `${code} ${method} ${path}`)
}

export function finding(audit: Audit, code: Finding['code']): Finding {
  const found = audit.findings.find((one) => one.code === code)
  if (found === undefined) throw new Error(`no ${code} in ${JSON.stringify(audit.findings)}`)
  return found
}

/** Runs `visit` against the application on a port of its own. */
export async function serving(app: Express, visit: (url: string) => Promise<void>): Promise<void> {
  const server: Server = app.listen(0, '127.0.0.1')
  try {
    await new Promise((resolve) => server.once('listening', resolve))
    await visit(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    await new Promise((resolve) => {
      server.close(resolve)
      server.closeAllConnections()
    })
  }
}

export function put(url: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

import type { IncomingMessage, ServerResponse } from 'node:http'

/*
 * What is used of Express, in the shape that both majors share: the package must type-check beside
 * `@types/express` 4, 5 or none, and a handler's own generics must not be narrowed by ours.
 */

export type Next = (error?: unknown) => void

export interface ExpressRequest extends IncomingMessage {
  body?: unknown
  baseUrl?: string
  originalUrl?: string
  app?: { get(setting: string): unknown }
  accepts?(types: string[]): string | false
}

export interface ExpressResponse extends ServerResponse {
  send?(body?: unknown): unknown
  json?(body?: unknown): unknown
}

export type Middleware = (req: IncomingMessage, res: ServerResponse, next: Next) => void

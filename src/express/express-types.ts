import type { IncomingMessage, ServerResponse } from 'node:http'
// eslint-disable-next-line @typescript-eslint/ban-ts-comment -- not every application has these types, and none must
/** @ts-ignore: where no types of Express are installed, both are `any` */
import type { Request, Response } from 'express'

/*
 * What is used of Express, in the shape that both majors share: the package must type-check beside
 * `@types/express` 4, 5 or none, and a handler's own generics must not be narrowed by ours.
 */

export type Next = (error?: unknown) => void

export interface ExpressRequest extends IncomingMessage {
  body?: unknown
  baseUrl?: string
  originalUrl?: string
  params?: Record<string, unknown>
  /** where a route was matched; its path may be a RegExp, or a list */
  route?: { readonly path?: unknown }
  accepts?(types: string[]): string | false
}

export interface ExpressResponse extends ServerResponse {
  send?(body?: unknown): unknown
  json?(body?: unknown): unknown
  readonly app?: { get(setting: string): unknown }
}

export type Middleware = (req: IncomingMessage, res: ServerResponse, next: Next) => void

/**
 * A function that the application gives, and that gets a request. Written as a method's, for whose parameters TypeScript
 * asks less: one that says `(req: Request<{ id: string }>)` is taken, as Express takes it.
 */
export type Asked<Req, Answer> = { asked(req: Req): Answer }['asked']

/** The parameters that a key template names: those of the route, as far as the key knows them. */
export type KeyParams<Key> = Key extends string
  ? { [Name in ParameterNames<Key>]: string } & Record<string, string>
  : Record<string, string>

type ParameterNames<Template extends string> = string extends Template
  ? never
  : Template extends `${infer First}/${infer Rest}`
    ? ParameterNames<First> | ParameterNames<Rest>
    : Template extends `:${infer Name}`
      ? Name
      : never

/**
 * What a handler inside `wrap` gets where it says nothing of its own: TypeScript does not carry a route's types into
 * a call within the call. A handler that declares its parameters keeps them.
 */
export type HandlerRequest<Key> = Request<KeyParams<Key>>
export type HandlerResponse = Response
/** What functions of the application get that have nothing to do with a route's parameters. */
export type AnyHandlerRequest = Request

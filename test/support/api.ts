import type http from 'node:http'
import diagnostics_channel from 'node:diagnostics_channel'
import type { Problem, RefusedEvent, SettledEvent } from 'express-if-match'
import type { Request } from 'express'
import { onTestFinished } from 'vitest'
import { ask, start, type Answer, type Site } from './http.js'

export interface Reply extends Answer {
  /** the body as JSON, undefined where it is none */
  readonly json: Request['body']
  readonly problem: Problem
}

export interface Sending {
  readonly headers?: http.OutgoingHttpHeaders
  /** sent as application/json, unless the headers say otherwise */
  readonly body?: unknown
  /** sent as it is */
  readonly raw?: string
}

export type Send = (method: string, path: string, sending?: Sending) => Promise<Reply>

/** Serves the app until the test is over, and sends requests to it. */
export async function serve(app: http.RequestListener): Promise<Send> {
  return sending(await start(app))
}

export function sending(site: Site): Send {
  return async (method, path, { headers = {}, body, raw } = {}) => {
    const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const length = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(sent ?? '') }
    const all = sent === undefined ? headers : { ...length, ...headers }
    const answer = await ask(site, {
      method,
      path,
      headers: all,
      ...(sent === undefined ? {} : { body: sent }),
    })
    const json = parsed(answer.text)
    return { ...answer, json, problem: json as Problem }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function collected<Event>(channel: string): Event[] {
  const events: Event[] = []
  const listen = (event: unknown) => void events.push(event as Event)
  diagnostics_channel.subscribe(channel, listen)
  onTestFinished(() => void diagnostics_channel.unsubscribe(channel, listen))
  return events
}

/** Every refusal that is reported until the test is over. */
export const refusals = (): RefusedEvent[] => collected('express-if-match:refused')

/** Every settled write that is reported until the test is over. */
export const settlements = (): SettledEvent[] => collected('express-if-match:settled')

/** Something that a test lets happen by hand. */
export interface Gate {
  readonly opened: Promise<void>
  readonly open: () => void
}

export function gate(): Gate {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

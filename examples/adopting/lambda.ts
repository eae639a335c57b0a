// Lambda: timers freeze between two requests, so a claim lasts for what is left of its invocation.
import { getCurrentInvoke } from '@codegenie/serverless-express'
import express, { type Express } from 'express'
import { ifMatch, problems, type Ledger } from 'express-if-match'
import type { Report } from 'express-if-match/observe'
import type { IncomingMessage } from 'node:http'
import { STEPS, type Step } from './steps.js'

export interface Context {
  getRemainingTimeInMillis(): number
}

/** `ledger`: shared by all instances, such as `dynamodbLedger(document)`; memory would be each instance's own. */
export function createApp(ledger: Ledger, remaining: (req: IncomingMessage) => number, step: Step): Express {
  const articles = new Map([['1', { title: 'Draft' }]])
  const guarded = ifMatch({ ledger, key: 'articles/:id', claim: { remaining }, ...STEPS[step] })

  const app = express().use(express.json())
  app.get('/articles/:id', guarded.read(), (req, res) => {
    res.json(articles.get(req.params.id))
  })
  app.put('/articles/:id', guarded.guard(), (req, res) => {
    articles.set(req.params.id, req.body)
    res.json(req.body)
  })
  app.use(problems())
  return app
}

/** With serverless-http: `serverless(app, { request: keepContext })` puts the context on the request. */
export function keepContext(req: IncomingMessage, _event: unknown, context: Context): void {
  Object.assign(req, { context })
}
export function remainingOfRequest(req: IncomingMessage): number {
  return (req as IncomingMessage & { context: Context }).context.getRemainingTimeInMillis()
}

/** With @codegenie/serverless-express, which knows the invocation that is under way. */
export function remainingOfInvoke(): number {
  return (getCurrentInvoke() as { context: Context }).context.getRemainingTimeInMillis()
}

/** An instance is frozen or gone at any time: it logs what it has counted since it began, each time that is more. */
export function logging<Args extends unknown[], Result>(
  handler: (...args: Args) => Promise<Result>,
  conflicts: Report,
  log: (line: string) => void = console.log,
): (...args: Args) => Promise<Result> {
  let logged = 0
  return async (...args) => {
    const result = await handler(...args)
    const data = conflicts.data()
    if (data.refused > logged) log(JSON.stringify({ conflicts: data }))
    logged = data.refused
    return result
  }
}

import express, { type Request, type Response } from 'express'
import { ifMatch, problems, type LedgerGuards, type LedgerOptions } from 'express-if-match'
import { serve, type Send } from './api.js'
import { lastResort } from './orders.js'

export type Notes = Map<string, { text: string }>

export interface NoteApi {
  readonly send: Send
  readonly notes: Notes
  readonly guards: LedgerGuards
  /** the entity tag that a read gives */
  readonly tag: (id?: string) => Promise<string>
  readonly put: (id: string, tag?: string, body?: unknown) => ReturnType<Send>
}

export type NoteHandler = (req: Request<{ id: string }>, res: Response, notes: Notes) => unknown

const save: NoteHandler = (req, res, notes) => {
  notes.set(req.params.id, { text: req.body?.text })
  res.json(notes.get(req.params.id))
}

/** Notes in a Map, whose handlers know nothing of versions. */
export async function noteApi(options: LedgerOptions = {}, handler: NoteHandler = save): Promise<NoteApi> {
  const notes: Notes = new Map([
    ['1', { text: 'a' }],
    ['2', { text: 'b' }],
  ])
  const guards = ifMatch({ key: 'notes/:id', ...options }) as LedgerGuards
  const app = express().use(express.json())
  app.get('/notes/:id', guards.read(), (req: Request<{ id: string }>, res) => {
    const note = notes.get(req.params.id)
    if (note === undefined) res.sendStatus(404)
    else res.json(note)
  })
  app.put('/notes/:id', guards.guard(), (req: Request<{ id: string }>, res) => handler(req, res, notes))
  app.delete('/notes/:id', guards.guard(), (req: Request<{ id: string }>, res) => {
    notes.delete(req.params.id)
    res.status(204).end()
  })
  const send = await serve(app.use(problems()).use(lastResort))
  return {
    send,
    notes,
    guards,
    tag: async (id = '1') => (await send('GET', `/notes/${id}`)).headers.etag ?? '',
    put: (id, tag, body = { text: 'c' }) =>
      send('PUT', `/notes/${id}`, { headers: tag === undefined ? {} : { 'If-Match': tag }, body }),
  }
}

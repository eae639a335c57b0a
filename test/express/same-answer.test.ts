import { describe, expect, it } from 'vitest'
import { majors } from '../support/http.js'
import { comparable, play, stagings, unguarded, type Scene } from '../support/scene.js'

/*
 * The same app, with the guard and without: the same answer, and the same for the handler.
 */

const FILE = import.meta.filename

const scenes: Record<string, Scene> = {
  'res.json': { handler: (_req, res) => res.json({ title: 'One', list: [1, 2] }) },
  'res.send of a text': { handler: (_req, res) => res.send('grüße') },
  'res.send of a buffer': { handler: (_req, res) => res.send(Buffer.from([0, 255, 10])) },
  'res.send of nothing': { handler: (_req, res) => res.send(undefined) },
  'res.sendStatus': { handler: (_req, res) => res.sendStatus(202) },
  'a 204': { handler: (_req, res) => res.status(204).end() },
  'a 204 that was given a body': { handler: (_req, res) => res.status(204).json({ left: 'out' }) },
  'a redirect': { handler: (_req, res) => res.redirect(303, '/things/1') },
  'res.jsonp': { path: '/things/1?callback=go', handler: (_req, res) => res.jsonp({ a: 1 }) },
  'res.format': {
    headers: { accept: 'text/html' },
    handler: (_req, res) => res.format({ html: () => res.send('<p>') }),
  },
  'res.render that fails': { handler: (_req, res) => res.render('none') },
  'res.end alone': { handler: (_req, res) => res.end() },
  'res.end with text and callback': {
    handler: (_req, res, _next, log) => res.end('done', () => log('ended')),
  },
  'res.end with an encoding': { handler: (_req, res) => res.end('ff00', 'hex') },
  'a 400 of its own': { handler: (_req, res) => res.status(400).json({ error: 'title' }) },
  'a 404 of its own': { handler: (_req, res) => res.status(404).send('no such thing') },
  'a 500 of its own': { handler: (_req, res) => res.status(500).json({ error: 'broken' }) },
  'cookies, Location and a reason': {
    handler: (_req, res) => {
      res.statusMessage = 'Made'
      return res.status(201).location('/things/1').cookie('a', '1').cookie('b', '2').json({ id: 1 })
    },
  },
  'several writes': {
    handler: (_req, res) => {
      res.type('text/plain')
      res.write('one ')
      res.write(Buffer.from('two '))
      res.write('dHJlZQ==', 'base64')
      res.end()
    },
  },
  'writes over several turns': {
    handler: async (_req, res, _next, log) => {
      for (const part of ['a', 'b', 'c']) {
        await new Promise<void>((resolve) => void res.write(part, () => resolve()))
        log(part)
      }
      res.end()
    },
  },
  'writeHead with an object': {
    handler: (_req, res) => void res.writeHead(201, { 'X-A': '1', 'X-B': ['2', '3'], 'X-C': 4 }).end('x'),
  },
  'writeHead with a reason': {
    handler: (_req, res) => void res.writeHead(201, 'Created by hand', { 'X-A': '1' }).end('x'),
  },
  'writeHead with a reason alone': { handler: (_req, res) => void res.writeHead(200, 'Fine').end('x') },
  'writeHead with a flat array': {
    handler: (_req, res) => {
      res.setHeader('X-A', 'replaced')
      res.writeHead(200, ['X-A', '1', 'X-B', '2']).end('x')
    },
  },
  'writeHead without headers': { handler: (_req, res) => void res.writeHead(200).end('x') },
  'writeHead and nothing else for a turn': {
    handler: async (_req, res, _next, log) => {
      res.writeHead(200, { 'Content-Length': 1 })
      log(String(res.headersSent))
      await new Promise((resolve) => setImmediate(resolve))
      res.end('x')
    },
  },
  'a status that changes after writeHead': {
    handler: (_req, res) => {
      res.writeHead(200)
      res.statusCode = 500
      res.end('x')
    },
  },
  flushHeaders: {
    handler: async (_req, res, _next, log) => {
      res.setHeader('X-Early', '1')
      res.flushHeaders()
      log(`sent ${String(res.headersSent)}`)
      await new Promise((resolve) => setImmediate(resolve))
      res.end('later')
    },
  },
  'appendHeader, setHeaders and removeHeader': {
    handler: (_req, res) => {
      res.setHeaders(
        new Map([
          ['X-A', '1'],
          ['X-B', '2'],
        ]),
      )
      res.appendHeader('X-A', '2')
      res.removeHeader('X-B')
      res.end()
    },
  },
  trailers: {
    method: 'PUT',
    handler: (_req, res) => {
      res.setHeader('Trailer', 'X-Sum')
      res.write('body')
      res.addTrailers({ 'X-Sum': '4' })
      res.end()
    },
  },
  'early hints and processing': {
    handler: async (_req, res) => {
      res.writeEarlyHints({ link: '</style.css>; rel=preload' })
      res.writeProcessing()
      res.json({ ok: true })
    },
  },
  'a body that was asked for by 100-continue': {
    headers: { expect: '100-continue', 'content-length': 5 },
    body: 'hello',
    handler: (req, res) => void req.pipe(res),
  },
  'finish and close': {
    handler: (_req, res, _next, log) => {
      res.on('finish', () => log(`finish ${String(res.writableFinished)}`))
      res.on('close', () => log(`close ${String(res.writableEnded)}`))
      res.json({})
    },
  },
  'what the handler sees of its own answer': {
    handler: (_req, res, _next, log) => {
      log(`${String(res.headersSent)} ${String(res.writableEnded)}`)
      res.status(201).json({ a: 1 })
      log(`${String(res.headersSent)} ${String(res.writableEnded)} ${String(res.statusCode)}`)
      log(String(res.getHeader('Content-Type')))
    },
  },
  'a status that changes after the end': {
    handler: (_req, res) => {
      res.json({ a: 1 })
      res.statusCode = 500
    },
  },
  'headers that change after the end': {
    handler: (_req, res, _next, log) => {
      res.json({ a: 1 })
      for (const change of [
        () => res.setHeader('X-Late', '1'),
        () => res.appendHeader('X-Late', '1'),
        () => res.removeHeader('Content-Type'),
        () => res.setHeaders(new Map([['X-Late', '1']])),
        () => res.writeHead(500),
      ]) {
        try {
          change()
          log('no error')
        } catch (error) {
          log((error as { code: string }).code)
        }
      }
    },
  },
  'a second end': {
    handler: (_req, res, _next, log) => {
      res.end('once')
      res.end(() => log('twice'))
    },
  },
  'a write of something that is none': {
    handler: (_req, res, _next, log) => {
      for (const chunk of [1, null, {}]) {
        try {
          res.write(chunk)
        } catch (error) {
          log((error as { code: string }).code)
        }
      }
      try {
        res.end({} as unknown as string)
      } catch (error) {
        log((error as { code: string }).code)
      }
      res.end('well')
    },
  },
  'a status that is none': {
    handler: (_req, res, _next, log) => {
      res.statusCode = 42
      try {
        res.end('x')
      } catch (error) {
        log((error as { code: string }).code)
      }
      res.statusCode = 200
      res.end('x')
    },
  },
  'res.json of what is no JSON': {
    handler: (_req, res) => {
      const circular: Record<string, unknown> = {}
      circular['self'] = circular
      res.json(circular)
    },
  },
  'res.sendFile': { handler: (_req, res) => res.sendFile(FILE) },
  'res.download': { handler: (_req, res) => res.download(FILE, 'name.txt') },
  'res.sendFile of a file that is missing': { handler: (_req, res) => res.sendFile(`${FILE}.none`) },
}

describe.each(majors)('%s', (_name, express) => {
  describe.each(Object.entries(scenes))('%s', (_title, scene) => {
    it.each(methodsOf(scene))('%s as without the guard', async (method) => {
      const played = { ...scene, method }
      const without = comparable(await play(express, played, unguarded))
      for (const staging of stagings(played))
        expect(comparable(await play(express, played, staging)), staging.name).toEqual(without)
    })
  })
})

/** A body, and trailers on an answer that has none, are nothing for a read. */
function methodsOf({ body, method }: Scene): string[] {
  return body !== undefined || method !== undefined ? [method ?? 'PUT'] : ['PUT', 'GET', 'HEAD']
}

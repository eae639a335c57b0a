import express from 'express'
import { ifMatch } from 'express-if-match'
import { describe, expect, it } from 'vitest'
import { probe, type ProbeOptions } from '../../src/probe/index.js'
import { serve } from './apis.js'

const SHORT: ProbeOptions = { rounds: 1, writers: 2 }

/** A guarded API that keeps what it is sent, octet by octet; it takes JSON of one media type. */
async function keeping(json: string, type = 'application/json') {
  const written: string[] = []
  const app = express().use(ifMatch(), express.text({ type }))
  app.get('/articles/1', (_req, res) => void res.type('json').send(written.at(-1) ?? json))
  app.all('/articles/1', (req, res) => {
    if (typeof req.body !== 'string') return void res.sendStatus(415)
    const now = JSON.parse(written.at(-1) ?? json) as object
    const sent = JSON.parse(req.body) as object
    written.push(req.method === 'PUT' ? req.body : JSON.stringify({ ...now, ...sent }))
    res.json({})
  })
  return { url: await serve(app), written }
}

describe('numbers', () => {
  it.each(['9007199254740993', '-0.1234567890123456789', '1e400'])(
    'with more digits than JavaScript keeps are not overwritten: %s',
    async (value) => {
      const { url, written } = await keeping(`{"title":"hello","value":${value}}`)
      const result = await probe(url, SHORT)
      expect(result).toMatchObject({ verdict: 'unknown', restored: 'not needed' })
      expect(result.why).toContain(`the number ${value}, which has more digits`)
      expect(written).toEqual([])
    },
  )

  it.each(['1.50e3', '-0', '123456789012345680', '"9007199254740993"', '"\\"9007199254740993"'])(
    'that stay themselves hinder nothing: %s',
    async (value) => {
      const { url } = await keeping(`{"title":"hello","value":${value}}`)
      expect(await probe(url, SHORT)).toMatchObject({ verdict: 'safe', restored: 'yes' })
    },
  )

  it('are no hindrance where a single member is written', async () => {
    const { url } = await keeping('{"title":"hello","value":9007199254740993}')
    expect((await probe(url, { ...SHORT, method: 'PATCH' })).verdict).toBe('safe')
    const body = '{"title":"probe {{n}}"}'
    expect((await probe(url, { ...SHORT, method: 'PATCH', body })).verdict).toBe('safe')
  })

  it('are not put back rounded where a body of one’s own names them', async () => {
    const { url, written } = await keeping('{"title":"hello","value":{"of":[1,9007199254740993]}}')
    const body = '{"title":"probe {{n}}","value":{"of":[]}}'
    const result = await probe(url, { ...SHORT, method: 'PATCH', body })
    expect(result).toMatchObject({ verdict: 'unknown', restored: 'not needed' })
    expect(result.why).toContain('the number 9007199254740993, which has more digits')
    expect(written).toEqual([])
  })
})

describe('a body of one’s own', () => {
  it('leaves no member behind that was not there', async () => {
    const { url, written } = await keeping('{"title":"hello","tags":[1]}')
    const result = await probe(url, { ...SHORT, body: '{"title":"probe {{n}}","extra":true}' })
    expect(result).toMatchObject({ verdict: 'safe', restored: 'yes', notes: [] })
    expect(written.at(-1)).toBe('{"title":"hello","tags":[1]}')
  })
  it('is not sent where the version makes it no JSON', async () => {
    const { url, written } = await keeping('{"title":"hello"}')
    const result = await probe(url, { ...SHORT, body: '{"title":"probe {{n}}","was":{{version}}}' })
    expect(result).toMatchObject({ verdict: 'unknown', restored: 'not needed', requests: 1 })
    expect(result.why).toContain('put {{version}} between quotes')
    expect(written).toEqual([])
  })
  it('is refused where {{n}}, which is a text, stands as a number', async () => {
    const { url } = await keeping('{"title":"hello"}')
    const body = '{"title":"probe {{n}}","count":{{n}}}'
    await expect(probe(url, { ...SHORT, body })).rejects.toThrow('Give JSON')
  })
})

it('a media type that is given goes with each write', async () => {
  const type = 'application/merge-patch+json'
  const { url } = await keeping('{"title":"hello"}', type)
  const options: ProbeOptions = { ...SHORT, method: 'PATCH', headers: { 'Content-Type': type } }
  const { verdict, rules } = await probe(url, options)
  expect(verdict).toBe('safe')
  const types = rules.map(({ curl }) => curl.match(/-H 'Content-Type: [^']*'/g)?.join())
  expect(new Set(types)).toEqual(new Set([`-H 'Content-Type: ${type}'`]))
})

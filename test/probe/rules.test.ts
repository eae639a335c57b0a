import type { RequestHandler, Response } from 'express'
import { describe, expect, it } from 'vitest'
import { probe } from '../../src/probe/index.js'
import { articles, serve } from './apis.js'

/** Middlewares that lose no update, since they and the handler run in one go; each with one mistake of its own. */
type Compare = (named: string, tag: string) => boolean

const opaque = (text: string): string => text.trim().replaceAll('"', '')
const parts = (named: string): string[] => named.split(',').filter((part) => part.trim() !== '')
const right: Compare = (named, tag) =>
  named === '*' || (named.match(/(?:W\/)?"[^"]*"/g) ?? []).some((one) => one === tag)

interface Mistake {
  readonly match?: Compare
  readonly noneMatch?: Compare
  /** after it, before the handler */
  readonly more?: RequestHandler
  readonly refuse?: (res: Response) => void
}

async function broken(mistake: Mistake): Promise<string[]> {
  const {
    match = right,
    noneMatch = (named, tag) => right(named.replaceAll('W/', ''), tag),
    more,
    refuse = (res) => res.status(412).end(),
  } = mistake
  let version = 1
  const api = articles(
    (req, res, next) => {
      const tag = `"v${version}"`
      const named = req.get('If-Match')
      const not = req.get('If-None-Match')
      const fails =
        (named !== undefined && !match(named, tag)) ||
        (not !== undefined && req.method === 'PUT' && noneMatch(not, tag))
      if (fails) refuse(res)
      else {
        if (req.method === 'PUT') version += 1
        res.set('ETag', `"v${version}"`)
        next()
      }
    },
    ...(more === undefined ? [] : [more]),
  )
  const result = await probe(await serve(api.app), { rounds: 1, writers: 2 })
  expect(result).toMatchObject({ verdict: 'safe', restored: 'yes' })
  return result.rules.filter(({ outcome }) => outcome === 'broken').map(({ id }) => id)
}

describe('a rule that is broken is named, and no other one', () => {
  it('none', async () => {
    expect(await broken({})).toEqual([])
  })

  it('a tag in a list is compared as the whole header', async () => {
    expect(await broken({ match: (named, tag) => named === '*' || named === tag })).toEqual([
      'if-match-list',
      'if-match-empty',
    ])
  })

  it('a list is cut at the commas inside its tags, and quotes do not count', async () => {
    const match: Compare = (named, tag) =>
      named === '*' || parts(named).some((one) => opaque(one) === opaque(tag))
    expect(await broken({ match })).toEqual(['if-match-comma', 'if-match-malformed'])
  })

  it('a weak tag counts in If-Match', async () => {
    const match: Compare = (named, tag) => right(named.replaceAll('W/', ''), tag)
    expect(await broken({ match })).toEqual(['if-match-weak'])
  })

  it('* is a tag like any other', async () => {
    expect(await broken({ match: (named, tag) => named !== '*' && right(named, tag) })).toEqual([
      'if-match-any',
    ])
  })

  // of a GET Express takes care by itself
  it('If-None-Match means nothing on a write', async () => {
    const noneMatch: Compare = () => false
    expect(await broken({ noneMatch })).toEqual([
      'if-none-match-any',
      'if-none-match-tag',
      'if-none-match-weak',
    ])
  })

  it('If-None-Match compares strongly', async () => {
    expect(await broken({ noneMatch: right })).toEqual(['if-none-match-weak'])
  })

  it('a GET knows no 304', async () => {
    const more: RequestHandler = (req, _res, next) => {
      if (req.method === 'GET') delete req.headers['if-none-match']
      next()
    }
    expect(await broken({ more })).toEqual([
      'not-modified',
      'not-modified-weak',
      'not-modified-list',
      'not-modified-any',
    ])
  })

  it('an error has a tag of its own, as Express puts on', async () => {
    const found = await broken({ refuse: (res) => res.status(412).set('ETag', '"error"').end() })
    expect(found).toContain('if-match-unknown')
  })

  it('the answer of a write names another state', async () => {
    const more: RequestHandler = (req, res, next) => {
      if (req.method === 'PUT') res.set('ETag', '"another"')
      next()
    }
    expect(await broken({ more })).toEqual(['answered-tag'])
  })
})

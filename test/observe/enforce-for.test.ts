import express from 'express'
import { ifMatch } from 'express-if-match'
import { enforceFor, type EnforceForOptions } from 'express-if-match/observe'
import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { serve } from '../support/api.js'

const users = Array.from({ length: 2_000 }, (_, index) => `user-${index}`)
const who = (req: IncomingMessage) => req.headers['x-user'] as string | undefined
const as = (user?: string) => ({ headers: { 'x-user': user } }) as unknown as IncomingMessage

function enforced(options: Omit<EnforceForOptions, 'who'>): Set<string> {
  const mode = enforceFor({ who, ...options })
  return new Set(users.filter((user) => mode(as(user)) === 'enforce'))
}

describe('enforceFor', () => {
  it('takes about the share of the clients that it is told', () => {
    for (const share of [0.05, 0.5, 0.9]) {
      const found = enforced({ share }).size / users.length
      expect(found).toBeGreaterThan(share - 0.04)
      expect(found).toBeLessThan(share + 0.04)
    }
    expect([enforced({ share: 0 }).size, enforced({ share: 1 }).size]).toEqual([0, users.length])
  })

  it('gives a client the same mode each time, and keeps it in every larger share', () => {
    const tenth = enforced({ share: 0.1 })
    expect(enforced({ share: 0.1 })).toEqual(tenth)
    const half = enforced({ share: 0.5 })
    expect([...tenth].filter((user) => !half.has(user))).toEqual([])
    // what it gave once, in another process and another release
    expect([...enforced({ share: 0.002 })]).toEqual(STABLE)
  })

  it('draws others with another salt', () => {
    const [tenth, other] = [enforced({ share: 0.1 }), enforced({ share: 0.1, salt: 'b' })]
    expect([...tenth].filter((user) => other.has(user)).length).toBeLessThan(tenth.size / 2)
  })

  it('leaves whom nobody knows in observe, unless all are enforced', () => {
    expect(enforceFor({ who, share: 0.999 })(as())).toBe('observe')
    expect(enforceFor({ who, share: 1 })(as())).toBe('enforce')
    for (const nobody of [undefined, null, '']) {
      const mode = enforceFor({ who: () => nobody as string, share: 0.999 })
      expect(mode(as())).toBe('observe')
    }
  })

  it.each<[object, string, RegExp]>([
    [{ who }, 'ERR_OPTION_INVALID', /share.*from 0/],
    [{ share: 0.1 }, 'ERR_OPTION_INVALID', /who.*\(req\) =>/],
    [{ who, share: 10 }, 'ERR_OPTION_INVALID', /10 .*from 0/],
    [{ who, share: Number.NaN }, 'ERR_OPTION_INVALID', /NaN/],
    [{ who, share: '0.1' }, 'ERR_OPTION_INVALID', /"0.1"/],
    [{ who, share: 0.1, salt: 7 }, 'ERR_OPTION_INVALID', /salt/],
    [{ who, share: 0.1, seed: 'a' }, 'ERR_OPTION_UNKNOWN', /share, who, salt/],
  ])('%j fails at once', (options, code, message) => {
    expect(() => enforceFor(options as EnforceForOptions)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    )
  })

  it('decides for a route', async () => {
    const notes = ifMatch({ key: 'notes/:id' })
    const app = express()
    app.put(
      '/notes/:id',
      notes.guard({ mode: enforceFor({ who, share: 0.5 }) }),
      (_req, res) => void res.json({}),
    )
    const send = await serve(app)
    const half = enforced({ share: 0.5 })
    for (const user of users.slice(0, 20)) {
      const { status } = await send('PUT', '/notes/1', { headers: { 'X-User': user } })
      expect(status, user).toBe(half.has(user) ? 428 : 200)
    }
  })
})

const STABLE = ['user-244', 'user-513', 'user-810', 'user-844', 'user-1028', 'user-1660']

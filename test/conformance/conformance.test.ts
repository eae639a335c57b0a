import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { evaluatePreconditions } from '../../src/core/preconditions.js'
import type { HeaderLines } from '../../src/core/preconditions.js'

interface Case {
  readonly id: string
  readonly method: string
  readonly current: { readonly etag: string | null; readonly lastModified: string | null } | null
  readonly headers: HeaderLines
  readonly outcome: string
}

const file = new URL('vectors.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: readonly Case[] }

function representation(current: Case['current']) {
  if (current === null) return undefined
  return {
    etag: current.etag ?? undefined,
    lastModified: current.lastModified === null ? undefined : new Date(current.lastModified),
  }
}

describe('RFC 9110 §13, as the suites of other servers have it', () => {
  it('has all the cases, each once', () => {
    expect(new Set(cases.map(({ id }) => id)).size).toBe(412)
  })

  it.each(cases)('$id: $method is $outcome', ({ method, headers, current, outcome }) => {
    expect(evaluatePreconditions({ method, headers }, representation(current)).outcome).toBe(outcome)
  })
})

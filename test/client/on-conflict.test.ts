import type { Conflict } from 'express-if-match/client'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { notesApi, type Note } from './api.js'

/** The clock of the client, which goes on only where a test says so. */
let now = 0
const clock = () => vi.spyOn(performance, 'now').mockImplementation(() => now)
afterEach(() => {
  vi.restoreAllMocks()
})

const more = (note: Note): Note => ({ ...note, n: note.n + 1 })

describe('onConflict', () => {
  const conflicting = async (decide: (conflict: Conflict<Note>) => unknown, options = {}) => {
    clock()
    const api = await notesApi({ represent: (note) => note })
    let asked = 0
    const update = api.client.update<Note>(
      '/notes/1',
      async (note) => {
        if (++asked === 1) await api.another().update<Note>('/notes/1', (now) => ({ ...now, text: 'theirs' }))
        return { ...more(note), text: 'mine' }
      },
      { onConflict: decide as () => 'apply', ...options },
    )
    return { ...api, update, asked: () => asked }
  }

  it('is given the three versions, each an object of its own, and can merge them', async () => {
    let seen: Conflict<Note> | undefined
    const { update } = await conflicting((conflict) => {
      seen = structuredClone(conflict)
      conflict.base.text = 'written into'
      return {
        write: { ...conflict.theirs, n: (conflict.mine as Note).n, text: `${conflict.theirs.text}, mine` },
      }
    })
    expect((await update).value).toMatchObject({ text: 'theirs, mine', n: 1, version: 3 })
    expect(seen).toMatchObject({
      base: { text: 'Hello', n: 0, version: 1 },
      mine: { text: 'mine', n: 1 },
      theirs: { text: 'theirs', n: 0, version: 2 },
      problem: { code: 'version-conflict' },
      attempt: 1,
    })
  })

  it('can have the change applied again, or give up', async () => {
    const { update, asked } = await conflicting(() => 'apply')
    expect((await update).value).toMatchObject({ text: 'mine', version: 3 })
    expect(asked()).toBe(2)
    const given = await conflicting(() => 'give-up')
    await expect(given.update).rejects.toMatchObject({
      code: 'version-conflict',
      versions: {
        base: { n: 0 },
        mine: { text: 'mine' },
        theirs: { etag: '"2"', value: { text: 'theirs' } },
      },
    })
  })

  it('can take a person’s time, which does not count', async () => {
    const { update } = await conflicting(() => {
      now += 600_000
      return 'apply'
    })
    expect((await update).value).toMatchObject({ text: 'mine' })
  })
})

import { MutationObserver, QueryClient } from '@tanstack/query-core'
import type { Snapshot } from 'express-if-match/client'
import { resourceQueries } from 'express-if-match/client/tanstack-query'
import { describe, expect, it, onTestFinished } from 'vitest'
import { notesApi, type Note } from './api.js'

async function page() {
  const api = await notesApi({ represent: (note) => note })
  const queries = new QueryClient()
  onTestFinished(() => queries.clear())
  const note = resourceQueries<Note>(api.client, queries, '/notes/1')
  const data = () => queries.getQueryData<Snapshot<Note>>(note.query().queryKey)
  return { ...api, queries, note, data }
}

describe('the adapter for TanStack Query', () => {
  it('shows what an update has written, which was applied again after a conflict', async () => {
    const { queries, note, data, another } = await page()
    expect((await queries.fetchQuery(note.query())).value.n).toBe(0)
    let asked = 0
    await new MutationObserver(queries, note.update()).mutate(async (now) => {
      if (++asked === 1) await another().update<Note>('/notes/1', (other) => ({ ...other, text: 'other' }))
      return { ...now, n: now.n + 1 }
    })
    expect(data()).toMatchObject({ value: { n: 1, text: 'other' }, etag: '"3"' })
    // which needs no other read
    expect(queries.getQueryState(note.query().queryKey)?.isInvalidated).toBe(false)
  })

  it('saves a form over what it was filled from, though the query has been read again since', async () => {
    const { queries, note, another } = await page()
    const form = await queries.fetchQuery(note.query())
    await another().update<Note>('/notes/1', (now) => ({ ...now, n: 5 }))
    await queries.fetchQuery(note.query())
    const saved = new MutationObserver(queries, note.save()).mutate({
      base: form,
      value: { ...form.value, text: 'mine' },
    })
    await expect(saved).rejects.toMatchObject({
      code: 'version-conflict',
      versions: { theirs: { value: { n: 5 } } },
    })
  })

  it('a read that was under way does not replace what was written', async () => {
    const { queries, note, data, client } = await page()
    const form = await queries.fetchQuery(note.query())
    let answer = (_: Snapshot<Note>) => {}
    const late = queries.fetchQuery({
      ...note.query(),
      queryFn: () => new Promise<Snapshot<Note>>((resolve) => (answer = resolve)),
    })
    const cancelled = expect(late)
      .rejects.toMatchObject({ name: 'CancelledError' })
      .catch(() => undefined)
    await new MutationObserver(queries, note.save()).mutate({
      base: form,
      value: { ...form.value, text: 'mine' },
    })
    answer(form)
    await cancelled
    expect(data()).toMatchObject({ value: { text: 'mine' } })
    expect((await client.get<Note>('/notes/1')).value.text).toBe('mine')
  })

  it('reads again where a write was answered without a representation', async () => {
    const { queries, note } = await page()
    await queries.fetchQuery(note.query())
    await new MutationObserver(queries, note.update({ method: 'PATCH' })).mutate(
      ({ n }) => ({ n: n + 1 }) as Note,
    )
    expect(queries.getQueryState(note.query().queryKey)?.isInvalidated).toBe(true)
    expect((await queries.fetchQuery({ ...note.query(), staleTime: 60_000 })).value.n).toBe(1)
  })

  it('reads again where the answer to a write is no representation', async () => {
    const { queries, note, data } = await page()
    const form = await queries.fetchQuery(note.query())
    const { onSuccess } = note.save()
    await onSuccess({ ...form, etag: '"2"', status: 200, value: { modified: 1 } as never })
    expect(data()?.value).toEqual(form.value)
    expect(queries.getQueryState(note.query().queryKey)?.isInvalidated).toBe(true)
  })
})

import { fakeClock } from 'express-if-match/testing'
import { describe, expect, it } from 'vitest'
import { gate } from '../support/api.js'
import { docs, save, type DocHandler } from '../support/docs.js'

const MAX = 60_000

/** A handler that begins its transaction when the test says so, and tells how that went. */
function late(begin: (res: Parameters<DocHandler>[1]) => void, work = "UPDATE docs SET text = 'late'") {
  const begun = gate()
  const go = gate()
  const ended = gate()
  const codes: unknown[] = []
  const aborted: boolean[] = []
  const handler: DocHandler = async (_req, res, write) => {
    begin(res)
    begun.open()
    await go.opened
    await write
      .transaction((db) => void db.exec(work))
      .then(
        () => codes.push('committed'),
        (error: unknown) => codes.push((error as { code: unknown }).code),
      )
    // asked for now, and not before
    aborted.push(write.signal.aborted)
    ended.open()
    if (!res.headersSent) res.json({})
  }
  return { handler, begun, go, ended, codes, aborted }
}

describe.each([
  ['under a claim', {}],
  ['without a claim', { transaction: true }],
])('a transaction, %s, that begins', (_name, mode) => {
  it('after its answer is refused, and commits nothing', async () => {
    const answered = late((res) => res.status(422).json({}))
    const { served, tag, text, version } = docs(answered.handler, mode)
    const send = await served
    // the whole answer of a `guard` waits for nobody
    expect((await send('PATCH', '/docs/1', { headers: { 'If-Match': await tag() } })).status).toBe(422)
    answered.go.open()
    await answered.ended.opened
    expect(answered.codes).toEqual(['version-conflict'])
    expect([text(), version()]).toEqual(['first', 0])
  })

  it('after a success that said `unchanged` is refused', async () => {
    const answered = late(() => {})
    const { served, tag, text } = docs((req, res, write) => {
      write.unchanged()
      res.json({})
      return answered.handler(req, res, write)
    }, mode)
    const send = await served
    expect((await send('PATCH', '/docs/1', { headers: { 'If-Match': await tag() } })).status).toBe(200)
    answered.go.open()
    await answered.ended.opened
    expect(answered.codes).toEqual(['version-conflict'])
    expect(text()).toBe('first')
  })

  it('after it was given up is refused, and the tag of the old text stays that of the old text', async () => {
    const clock = fakeClock()
    const slow = late(() => {})
    const { served, tag, text, ledger } = docs(slow.handler, mode, { clock, claim: { max: MAX } })
    const send = await served
    const sent = send('PUT', '/docs/1', { headers: { 'If-Match': await tag() }, body: {} })
    await slow.begun.opened
    await clock.advance(MAX)
    expect((await sent).problem.code).toBe('outcome-unknown')
    slow.go.open()
    await slow.ended.opened
    expect(slow.codes).toEqual(['version-conflict'])
    expect(slow.aborted).toEqual([true])
    expect(text()).toBe('first')
    expect(ledger.get('docs/1').claim).toBeNull()
  })
})

describe('a claim that a transaction takes where it meets another one', () => {
  it.each(['enforce', 'observe'] as const)('is let go when it was given up meanwhile: %s', async (mode) => {
    const clock = fakeClock()
    const waiting = late(() => {})
    const api = docs(
      waiting.handler,
      { transaction: true },
      {
        mode,
        clock,
        claim: { max: MAX, wait: 10 * MAX, lease: 100 * MAX },
        moves: () => ['lists/9'],
      },
    )
    const send = await api.served
    const sent = send('PUT', '/docs/1', { headers: { 'If-Match': '*' }, body: {} })
    await waiting.begun.opened
    await clock.advance(MAX / 2)
    const held = send('PUT', '/held/docs/1')
    await api.inside.opened
    // it meets the claim, and is given up while it waits for it
    waiting.go.open()
    await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(MAX / 2)
    if (mode === 'enforce') expect((await sent).problem.code).toBe('outcome-unknown')
    api.plain.open()
    await held
    await Promise.all([waiting.ended.opened, clock.advance(1_000)])
    if (mode === 'observe') await sent
    expect(waiting.codes).toEqual([mode === 'enforce' ? 'version-conflict' : 'committed'])
    expect(waiting.aborted).toEqual([true])
    expect(api.text()).toBe(mode === 'enforce' ? 'first' : 'late')
    expect([api.ledger.get('docs/1').claim, api.ledger.get('lists/9').claim]).toEqual([null, null])
  })

  it('ends, with what the route moves, when its work commits', async () => {
    const api = docs(save, { transaction: true }, { moves: () => ['lists/9'] })
    const send = await api.served
    const held = send('PUT', '/held/docs/1')
    await api.inside.opened
    const sent = send('PUT', '/docs/1', { headers: { 'If-Match': '*' }, body: { text: 'a' } })
    api.plain.open()
    await held
    expect((await sent).status).toBe(200)
    expect(api.ledger.get('docs/1').claim).toBeNull()
    // the held writer moved it once, this one once more
    expect(api.ledger.get('lists/9')).toMatchObject({ count: 2, claim: null })
  })
})

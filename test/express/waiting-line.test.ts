import { EventEmitter } from 'node:events'
import { fakeClock } from 'express-if-match/testing'
import { describe, expect, it } from 'vitest'
import { waitingLines } from '../../src/express/waiting-line.js'

const SECOND = 1_000

/** As much of an answer as a line looks at. */
const answer = (destroyed = false) => Object.assign(new EventEmitter(), { destroyed })

/** Lines, and who was let go, in the order in which that happened. */
function scene() {
  const clock = fakeClock()
  const lines = waitingLines(clock)
  const released: string[] = []
  /** whether at once */
  const enter = (name: string, { key = 'a', ms = 10 * SECOND, res = answer() } = {}) => {
    const came = lines.enter(key, ms, res as never)
    void Promise.resolve(came).then((has) => released.push(has ? name : `${name} in vain`))
    return came === true
  }
  const settle = () => clock.advance(0).then(() => new Promise(setImmediate))
  return { clock, lines, enter, settle, went: async () => (await settle(), [...released]) }
}

describe('a waiting line', () => {
  it('lets the first go at once, and each further one when a write was made', async () => {
    const { lines, enter, went } = scene()
    expect(enter('first')).toBe(true)
    enter('second')
    enter('third')
    expect(lines.waiting('a')).toBe(2)
    expect(await went()).toEqual(['first'])
    lines.committed('a')
    expect(await went()).toEqual(['first', 'second'])
    lines.committed('a')
    expect(await went()).toEqual(['first', 'second', 'third'])
    expect(lines.waiting('a')).toBe(0)
  })

  it('is over when its last one has written: the next comes at once', () => {
    const { lines, enter } = scene()
    enter('first')
    lines.committed('a')
    expect(enter('next')).toBe(true)
  })

  it('does not wait for ever for who was let go and writes nothing', async () => {
    const { clock, enter, went } = scene()
    enter('first')
    enter('second')
    await clock.advance(49)
    expect(await went()).toEqual(['first'])
    await clock.advance(1)
    expect(await went()).toEqual(['first', 'second'])
  })

  it('gives more time where the time was too short, and four times what a write took', async () => {
    const { clock, lines, enter, went } = scene()
    for (const name of ['1', '2', '3', '4', '5']) enter(name)
    await clock.advance(50)
    await clock.advance(99)
    expect(await went()).toEqual(['1', '2'])
    await clock.advance(1)
    expect(await went()).toEqual(['1', '2', '3'])
    await clock.advance(10)
    lines.committed('a')
    await clock.advance(39)
    expect(await went()).toEqual(['1', '2', '3', '4'])
    await clock.advance(1)
    expect(await went()).toEqual(['1', '2', '3', '4', '5'])
  })

  it('is left in vain after the time that one would wait', async () => {
    const { clock, enter, lines, went } = scene()
    enter('first')
    enter('second', { ms: 30 })
    enter('third')
    await clock.advance(30)
    expect(await went()).toEqual(['first', 'second in vain'])
    lines.committed('a')
    expect(await went()).toEqual(['first', 'second in vain', 'third'])
  })

  it('is left by who goes: nobody waits for a write of theirs', async () => {
    const { clock, enter, lines, went } = scene()
    enter('first')
    const res = answer()
    enter('goes', { res })
    enter('third')
    const timers = clock.pending
    res.emit('close')
    expect([lines.waiting('a'), clock.pending]).toEqual([1, timers - 1])
    lines.committed('a')
    expect(await went()).toEqual(['first', 'goes in vain', 'third'])
    expect(res.listenerCount('close')).toBe(0)
  })

  it('is no place for who is gone already', async () => {
    const { enter, went } = scene()
    enter('gone', { res: answer(true) })
    enter('first')
    enter('gone too', { res: answer(true) })
    expect(await went()).toEqual(['gone in vain', 'first', 'gone too in vain'])
  })

  it('is for two hundred at most', () => {
    const { lines, enter } = scene()
    for (let clients = 0; clients < 201; clients++) enter(String(clients))
    expect(lines.waiting('a')).toBe(200)
    expect(lines.enter('a', SECOND, answer() as never)).toBeUndefined()
  })

  it('gives no more time because of one behind whom nobody waited', async () => {
    const { clock, enter, went } = scene()
    for (const key of ['b', 'c', 'd']) {
      enter(key, { key })
      await clock.advance(SECOND)
    }
    enter('first')
    enter('second')
    await clock.advance(50)
    expect(await went()).toEqual(['b', 'c', 'd', 'first', 'second'])
  })

  it('is one for each key', async () => {
    const { enter, lines, went } = scene()
    enter('a1')
    enter('a2')
    expect(enter('b1', { key: 'b' })).toBe(true)
    enter('b2', { key: 'b' })
    lines.committed('b')
    expect(await went()).toEqual(['a1', 'b1', 'b2'])
  })

  it('leaves no timer behind', async () => {
    const { clock, enter, lines } = scene()
    enter('first')
    enter('second')
    lines.committed('a')
    lines.committed('a')
    expect(clock.pending).toBe(0)
  })
})

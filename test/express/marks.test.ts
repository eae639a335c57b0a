import { describe, expect, it } from 'vitest'
import { ifMatch, memoryLedger, memoryTable, problems } from '../../src/index.js'

const MARK = Symbol.for('express-if-match.mark')
const markOf = (value: object) => Object.getOwnPropertyDescriptor(value, MARK)

describe('what a guard says of itself', () => {
  it('stands under a registered symbol, out of the way of whoever loops over its members', () => {
    const ledger = memoryLedger()
    const articles = ifMatch({ ledger, key: 'articles/:id', respond: 'next' })
    const common = {
      way: 'ledger',
      store: ledger,
      version: undefined,
      key: { form: 'template', text: 'articles/:id' },
      bodyVersion: false,
      respond: 'next',
    }
    const handler = () => undefined
    const made = [
      articles.read(),
      articles.guard(),
      articles.wrap(handler),
      articles,
      Reflect.get(articles, 'send'),
    ]
    const kinds = ['read', 'guard', 'wrap', 'tree', 'send']
    const marks = made.map((one) => markOf(one))
    expect(marks.map((mark) => mark?.enumerable)).toEqual(kinds.map(() => false))
    const values = marks.map((mark) => mark?.value)
    values.forEach((value, index) => {
      expect(value).toMatchObject({ ...common, kind: kinds[index] })
      expect(value.instance).toBe(values[0].instance)
    })
    expect(values.map(({ required }) => required)).toEqual([true, true, true, false, true])
    expect(values[2].handler).toBe(handler)
    expect(markOf(articles.guard({ required: false }))?.value.required).toBe(false)
  })

  it('of the other ways, keys and problems()', () => {
    const table = memoryTable<{ id: string; version: number }>({})
    const key = () => 'a'
    expect(markOf(ifMatch({ table, key: 'a/:id' }).read())?.value).toMatchObject({
      way: 'table',
      store: table,
      version: 'version',
      bodyVersion: 'version',
    })
    const current = () => ({ at: 1 })
    expect(markOf(ifMatch({ current, version: 'at', key }).read())?.value).toMatchObject({
      way: 'current',
      store: current,
      version: 'at',
      key: { form: 'function', identity: key },
    })
    expect(markOf(ifMatch())?.value.key).toEqual({ form: 'path' })
    expect(markOf(problems())?.value).toEqual({ kind: 'problems' })
  })
})

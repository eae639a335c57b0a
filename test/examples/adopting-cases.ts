import { expect, it } from 'vitest'
import type { ReportData } from 'express-if-match/observe'
import type { Step } from '../../examples/adopting/steps.js'
import type { Send } from '../support/api.js'

export interface Stack {
  /** an API at this step, whose resource has not been written yet */
  readonly open: (step: Step) => Promise<{ send: Send; conflicts: () => Promise<ReportData> | ReportData }>
  readonly path: string
  /** of every request, as a client of this API sends them */
  readonly headers?: Readonly<Record<string, string>>
  readonly methods?: readonly ('PUT' | 'PATCH')[]
  readonly body: object
  /** as the report calls them */
  readonly route: string
}

/** What each step answers to a write that names nothing, one that names the current version, and one that is stale. */
const ANSWERS: Readonly<Record<Step, readonly number[]>> = {
  observe: [200, 200, 200],
  offer: [200, 200, 409],
  require: [428, 200, 409],
}

/** From nothing to a version that every write must name. */
export function walk({ open, path, headers = {}, methods = ['PUT'], body, route }: Stack): void {
  const cases = methods.flatMap((method) =>
    (['observe', 'offer', 'require'] as const).map((step) => [step, method] as const),
  )
  it.each(cases)('%s: %s', async (step, method) => {
    const { send, conflicts } = await open(step)
    const write = (tag?: string) =>
      send(method, path, { headers: { ...headers, ...(tag === undefined ? {} : { 'If-Match': tag }) }, body })
    const none = await write()
    const tag = (await send('GET', path, { headers })).headers.etag ?? ''
    expect(tag).toMatch(/^".+"$/)
    const current = await write(tag)
    const stale = await write(tag)
    expect([none, current, stale].map(({ status }) => status)).toEqual(ANSWERS[step])
    const { writes, refused, enforced, routes, findings } = await conflicts()
    expect({ writes, routes: routes.map(({ name }) => name) }).toEqual({
      writes: 3,
      routes: [`${method} ${route}`],
    })
    const found = findings.map(({ code, rivals: { self } }) => [code, self])
    const missing = ['precondition-required', 0]
    expect(found).toHaveLength(step === 'offer' ? 1 : 2)
    expect(found).toContainEqual(['version-conflict', 1])
    if (step !== 'offer') expect(found).toContainEqual(missing)
    expect([refused, enforced]).toEqual([found.length, step === 'observe' ? 0 : found.length])
  })
}

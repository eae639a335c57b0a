import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { createApp } from '../../examples/existing-api/app.js'
import { ifMatch } from '../../src/index.js'
import { articles } from './articles.js'
import { read, succeeded, tally, write, type Attempt } from './client.js'
import { rounds } from './seed.js'

const WRITERS = 20

async function serve(guarded: boolean): Promise<string> {
  const app = createApp({ data: articles(1), ...(guarded ? { guard: ifMatch() } : {}) })
  const server = app.listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/articles/1`
}

it(
  'of 20 concurrent PUTs with one If-Match to json-server, one succeeds: every time',
  { timeout: 600 * rounds(200) },
  async () => {
    const url = await serve(true)
    const all: Attempt[] = []
    for (let round = 0; round < rounds(200); round++) {
      const seen = await read(url)
      const attempts = await Promise.all(
        Array.from({ length: WRITERS }, (_, writer) => write(url, `${round}/${writer}`, seen)),
      )
      all.push(...attempts)
      const winners = succeeded(attempts)
      expect(winners, `round ${round}: ${JSON.stringify(tally(attempts))}`).toHaveLength(1)
      const after = await read(url)
      expect(after.value).toBe(winners[0]!.value)
      // the winner's tag is that of its own state: the next write may be built on it (P5)
      expect(after.tag.startsWith(winners[0]!.tag!.slice(0, -1))).toBe(true)
    }
    console.log(`one process, ${rounds(200)} rounds of ${WRITERS} writers:`, tally(all))
    expect(tally(all)).toEqual({ '200': rounds(200), '409 version-conflict': rounds(200) * (WRITERS - 1) })
  },
)

it('without the guard all of them succeed, and all but one are lost', async () => {
  const url = await serve(false)
  const seen = await read(url)
  const attempts = await Promise.all(
    Array.from({ length: WRITERS }, (_, writer) => write(url, `${writer}`, seen)),
  )
  expect(tally(attempts)).toEqual({ '200': WRITERS })
})

import { setTimeout as later } from 'node:timers/promises'
import type { ClaimOptions } from '../../src/index.js'
import { send } from '../races/client.js'
import type { Cluster } from './cluster.js'
import { HANG } from './limits.js'

const UNTAGGED = 'a read without a tag'

/** No claim outlives its lease: whoever waits that long in all, `wait` at a time, writes to every key. */
export async function writableAgain({ servers }: Cluster, claim: ClaimOptions, keys: number): Promise<void> {
  const { lease = 0, wait = 1 } = claim
  // the one that meets the claim's end, the one that is refused since the version moved on by it, and the write
  const most = Math.ceil(lease / wait) + 3
  await Promise.all(
    Array.from({ length: keys }, async (_, index) => {
      const url = `${servers[index % servers.length]!.origin}/items/${index + 1}`
      const codes: string[] = []
      while (codes.length < most) {
        const code = await write(url, `last/${index}/${codes.length}`)
        if (code === undefined) return
        codes.push(code)
        // a read does not wait for a claim that stands, as a write does
        if (code === UNTAGGED) await later(wait)
      }
      throw new Error(`${url} is not written to after ${codes.join(', ')}`)
    }),
  )
}

/** Undefined where it was written, else what came of it. */
async function write(url: string, value: string): Promise<string | undefined> {
  const { status, headers, body } = await send('GET', url, {}, undefined, HANG)
  const { etag } = headers
  if (status === 200 && etag === undefined) return UNTAGGED
  const precondition = etag === undefined ? { 'If-None-Match': '*' } : { 'If-Match': etag }
  const base = etag === undefined ? '' : (JSON.parse(body) as { value: string }).value
  // nothing there, and the ledger does not know of it: only a POST asks the handler
  const method = etag === undefined ? 'POST' : 'PUT'
  const answer = await send(method, url, method === 'PUT' ? precondition : {}, { value, base }, HANG)
  return answer.status < 300 ? undefined : `${answer.status} ${answer.body}`
}

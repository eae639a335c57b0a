import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { report } from 'express-if-match/observe'
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { save } from '../../examples/adopting/front-end.js'
import { createApp, type Order } from '../../examples/adopting/postgres.js'
import type { Step } from '../../examples/adopting/steps.js'
import { serve } from '../support/api.js'
import { start } from '../support/http.js'
import { postgres } from '../support/servers.js'
import { walk } from './adopting-cases.js'

postgres.describe('Express 5 on PostgreSQL', () => {
  const schema = `adopting_${randomBytes(6).toString('hex')}`
  const pool = new pg.Pool({ connectionString: postgres.url, options: `-c search_path=${schema}` })

  beforeAll(async () => {
    await pool.query(`CREATE SCHEMA ${schema}`)
    await pool.query(
      `CREATE TABLE orders (id integer PRIMARY KEY, status text, note text, version integer NOT NULL DEFAULT 1)`,
    )
  })
  beforeEach(async () => {
    await pool.query("TRUNCATE orders; INSERT INTO orders VALUES (1, 'open', '')")
  })
  afterAll(async () => {
    await pool.query(`DROP SCHEMA ${schema} CASCADE`)
    await pool.end()
  })

  function api(step: Step) {
    const conflicts = report({ who: (req) => req.headers['user-agent'] ?? 'test' })
    onTestFinished(() => conflicts.close())
    return { app: createApp(pool, conflicts, step), conflicts }
  }

  walk({
    async open(step) {
      const { app, conflicts } = api(step)
      return { send: await serve(app), conflicts: conflicts.data }
    },
    path: '/orders/1',
    methods: ['PUT', 'PATCH'],
    body: { status: 'paid', note: 'a' },
    route: '/orders/:id',
  })

  it('has a front-end that saves twice, and is told of what another saved', async () => {
    const { app, conflicts } = api('require')
    const { url } = await start(app)
    const read = async () => (await (await fetch(`${url}/orders/1`)).json()) as Order
    const [mine, theirs] = [await read(), await read()]
    const first = await save(`${url}/orders/1`, { ...mine, note: 'mine' })
    const second = await save(`${url}/orders/1`, {
      ...(first as { order: Order }).order,
      note: 'mine, again',
    })
    expect([first.kind, second.kind]).toEqual(['saved', 'saved'])
    expect(await save(`${url}/orders/1`, { ...theirs, note: 'theirs' })).toMatchObject({
      kind: 'conflict',
      theirs: { note: 'mine, again', version: 3 },
      mine: { note: 'theirs', version: 1 },
    })
    expect(conflicts.data()).toMatchObject({ writes: 3, refused: 1, enforced: 1 })
  })

  it('compares in the statement itself: a console that was faster is found out', async () => {
    const { app } = api('require')
    const send = await serve(app)
    const { etag } = (await send('GET', '/orders/1')).headers
    const console = await pool.connect()
    const {
      rows: [self],
    } = await console.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    await console.query('BEGIN; UPDATE orders SET version = version + 1')
    const answer = send('PATCH', '/orders/1', { headers: { 'If-Match': etag }, body: { note: 'a' } })
    const tooSoon = answer.then(({ status, text }) => {
      throw new Error(`answered ${status} without a write: ${text}`)
    })
    const waiting = 'SELECT 1 FROM pg_stat_activity WHERE $1 = ANY(pg_blocking_pids(pid))'
    // outside of that transaction, within which the list of connections stands still
    const someoneWaits = async () => {
      while ((await pool.query(waiting, [self!.pid])).rows.length === 0);
    }
    await Promise.race([tooSoon, someoneWaits()])
    tooSoon.catch(() => {})
    await console.query('COMMIT')
    console.release()
    expect(await answer).toMatchObject({ status: 409, problem: { reason: 'race' } })
  })
})

import express from 'express'
import { ifMatch, problems } from 'express-if-match'
import type { ResultSetHeader } from 'mysql2/promise'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { mysqlLedger, mysqlTable } from '../../src/stores/mysql.js'
import { serve } from '../support/api.js'
import { mysql } from '../support/servers.js'
import { database, rows, tableName } from './mysql-support.js'

interface Person {
  id: string
  text: string
  version: number
}

mysql.describe('one row that MySQL finds under two spellings of its id', () => {
  const server = database()

  async function people() {
    const pool = server.pool()
    const name = tableName()
    await pool.query(`CREATE TABLE ${name} (id VARCHAR(20) PRIMARY KEY, text TEXT, version BIGINT NOT NULL)`)
    await pool.query(`INSERT INTO ${name} VALUES ('ada', 'first', 1)`)
    return { pool, name, text: async () => (await rows(pool, `SELECT text FROM ${name}`))[0]?.['text'] }
  }

  it('is one key where `params` normalises it', async () => {
    const { pool, name, text } = await people()
    const guards = ifMatch({
      ledger: mysqlLedger(pool, { table: tableName() }),
      key: 'people/:id',
      params: z.object({ id: z.string().toLowerCase() }),
    })
    const app = express().use(express.json())
    app.get('/people/:id', guards.read(), (_req, res) => void res.json({}))
    app.put('/people/:id', guards.guard(), async (req, res) => {
      const sql = `UPDATE ${name} SET text = ? WHERE id = ?`
      const [{ affectedRows }] = await pool.query<ResultSetHeader>(sql, [req.body.text, req.params['id']])
      res.json({ affectedRows })
    })
    const send = await serve(app.use(problems()))
    const put = async (id: string, tag: string | undefined) =>
      (await send('PUT', `/people/${id}`, { headers: { 'If-Match': tag }, body: { text: id } })).status
    const tags = [
      (await send('GET', '/people/ada')).headers.etag,
      (await send('GET', '/people/ADA')).headers.etag,
    ]
    expect([await put('ada', tags[0]), await put('ADA', tags[1])]).toEqual([200, 409])
    expect(await text()).toBe('ada')
  })

  it('is found by a table in its own spelling alone', async () => {
    const { pool, name, text } = await people()
    const guards = ifMatch({
      table: mysqlTable<Person>(pool, { name, columns: ['text'] }),
      key: 'people/:id',
    })
    const app = express().use(express.json())
    app.put(
      '/people/:id',
      guards.wrap(async (req, res, write) => void res.json(await write.update(req.body))),
    )
    const send = await serve(app.use(problems()))
    const put = async (id: string) =>
      (await send('PUT', `/people/${id}`, { headers: { 'If-Match': '"1"' }, body: { text: id } })).status
    expect([await put('ADA'), await put('ada '.replace(' ', '%20')), await put('ada')]).toEqual([
      409, 409, 200,
    ])
    expect(await text()).toBe('ada')
  })
})

import { PrismaPg } from '@prisma/adapter-pg'
import { expect, it } from 'vitest'
import { createApp } from '../../examples/orms/prisma.js'
import { Prisma, PrismaClient } from '../../examples/orms/prisma-client/client.js'
import { serve } from '../support/api.js'
import { ormCases, tagOf, withLastResort, writing } from './orms-cases.js'
import { overPostgres, UPDATED_AT, type OpenOrm } from './orms-postgres.js'

const connect = (connectionString: string) =>
  new PrismaClient({ adapter: new PrismaPg({ connectionString }) })

function open(url: string): OpenOrm {
  const prisma = connect(url)
  return { createApp: () => createApp(prisma), close: () => prisma.$disconnect() }
}

overPostgres('Prisma', UPDATED_AT, open, (scene) => {
  ormCases({ methods: ['PUT', 'PATCH'], deletes: false }, scene)

  it.each(['PUT', 'PATCH'])(
    '%s moves the version on after a writer whose clock was ahead',
    async (method) => {
      await scene.console.query("UPDATE articles SET updated_at = now() + interval '5 minutes'")
      const send = await serve(scene.createApp())
      const tag = await tagOf(send)
      const won = await send(...writing(method, tag, 'Ada'))
      expect(won.status).toBe(200)
      expect(won.headers.etag).not.toBe(tag)
      expect((await send(...writing(method, tag, 'Ben'))).status).toBe(409)
      expect((await send(...writing(method, won.headers.etag ?? '', 'Ben'))).status).toBe(200)
      const { rows } = await scene.console.query(
        "SELECT updated_at > now() + interval '4 minutes' AS on FROM articles",
      )
      expect(rows).toEqual([{ on: true }])
    },
  )

  it('refuses, and never overwrites, where the column keeps digits that a Date has not', async () => {
    await scene.console.query('ALTER TABLE articles ALTER COLUMN updated_at TYPE timestamptz(6)')
    await scene.console.query("UPDATE articles SET updated_at = '2026-01-31T12:00:00.000001Z'")
    const send = await serve(scene.createApp())
    const answer = await send(...writing('PUT', await tagOf(send), 'Ada'))
    await scene.console.query('ALTER TABLE articles ALTER COLUMN updated_at TYPE timestamptz(3)')
    expect(answer).toMatchObject({ status: 409, problem: { reason: 'race' } })
    expect(await scene.article()).toEqual({ title: 'Draft' })
  })

  it('leaves a P2025 that says nothing of the version to the application', async () => {
    const prisma = connect(scene.url)
    const noAuthor = new Prisma.PrismaClientKnownRequestError('no author', {
      code: 'P2025',
      clientVersion: '7',
    })
    const failing = prisma.$extends({ query: { article: { update: () => Promise.reject(noAuthor) } } })
    const send = await serve(withLastResort(createApp(failing as unknown as PrismaClient)))
    const answer = await send(...writing('PATCH', await tagOf(send), 'Ada'))
    expect(answer).toMatchObject({ status: 500, json: { code: 'P2025', message: 'no author' } })
    await prisma.$disconnect()
  })
})

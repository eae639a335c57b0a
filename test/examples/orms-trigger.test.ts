import { PrismaPg } from '@prisma/adapter-pg'
import { versionTrigger } from 'express-if-match/postgres'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createApp, type Database } from '../../examples/orms/kysely.js'
import { createApp as createPrismaApp } from '../../examples/orms/prisma.js'
import { PrismaClient } from '../../examples/orms/prisma-client/client.js'
import { serve } from '../support/api.js'
import { tagOf, writing } from './orms-cases.js'
import { COUNTED, overPostgres, UPDATED_AT, type OpenOrm, type VersionColumn } from './orms-postgres.js'

/** Whoever writes past the API knows nothing of versions. */
const unaware = (column: VersionColumn): VersionColumn => ({ ...column, next: column.name })

function openKysely(connectionString: string): OpenOrm {
  const dialect = new PostgresDialect({ pool: new pg.Pool({ connectionString }) })
  const db = new Kysely<Database>({ dialect })
  return { createApp: () => createApp(db), close: () => db.destroy() }
}

let prisma: PrismaClient
function openPrisma(connectionString: string): OpenOrm {
  prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString }) })
  return { createApp: () => createPrismaApp(prisma), close: () => prisma.$disconnect() }
}

overPostgres('versionTrigger beside an ORM that counts', unaware(COUNTED), openKysely, (scene) => {
  beforeEach(async () => {
    await scene.console.query(versionTrigger({ name: 'articles', version: 'version' }))
  })

  it('shows what a console wrote, before the look and after it', async () => {
    const send = await serve(scene.createApp())
    const before = await tagOf(send)
    await scene.console.query("UPDATE articles SET title = 'past the API'")
    expect(await send(...writing('PUT', before, 'Ben'))).toMatchObject({ status: 409 })
    const tag = await tagOf(send)
    const raced = await scene.behind('write', () => send(...writing('PUT', tag, 'Ben')))
    expect(raced).toMatchObject({ status: 409, problem: { reason: 'race' } })
  })

  it('leaves to the ORM what that counts itself', async () => {
    const send = await serve(scene.createApp())
    const won = await send(...writing('PUT', await tagOf(send), 'Ada'))
    expect(won).toMatchObject({ status: 200, json: { version: 2 }, headers: { etag: '"2"' } })
  })
})

overPostgres('versionTrigger beside @updatedAt', unaware(UPDATED_AT), openPrisma, (scene) => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('moves it on where two writes fall into one millisecond, or clocks go back', async () => {
    await scene.console.query(
      versionTrigger({ name: 'articles', version: 'updated_at', versionType: { timestamp: 3 } }),
    )
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-01-31T12:00:00Z') })
    const seen: number[] = []
    for (const title of ['Ada', 'Ben', 'Cleo']) {
      const { updatedAt } = await prisma.article.update({ where: { id: '1' }, data: { title } })
      seen.push(updatedAt.getTime())
    }
    expect(new Set(seen).size).toBe(3)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  })
})

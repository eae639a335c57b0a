import { Logger } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ifMatch } from 'express-if-match'
import { auditRoutes } from 'express-if-match/audit'
import { Sequelize } from 'sequelize'
import { describe, expect, it } from 'vitest'
import { createApp as articles } from '../../examples/articles/app.js'
import { openDatabase } from '../../examples/articles/database.js'
import { createApp as existing } from '../../examples/existing-api/app.js'
import { initialData } from '../../examples/existing-api/data.js'
import { AppModule } from '../../examples/nestjs/app.module.js'
import { ArticlesController } from '../../examples/nestjs/articles.controller.js'
import { ArticlesService } from '../../examples/nestjs/articles.service.js'
import { createApp as drizzle } from '../../examples/orms/drizzle.js'
import { createApp as knex } from '../../examples/orms/knex.js'
import { createApp as kysely } from '../../examples/orms/kysely.js'
import { createApp as mongoose } from '../../examples/orms/mongoose.js'
import { createApp as prisma } from '../../examples/orms/prisma.js'
import { createApp as sequelize } from '../../examples/orms/sequelize.js'
import { createApp as typeorm } from '../../examples/orms/typeorm.js'
import { findings } from './support.js'

Logger.overrideLogger(false)
const NOT_CALLED = {} as never

describe('the example APIs', () => {
  it('articles: nothing', () => {
    const db = openDatabase(':memory:')
    expect(auditRoutes(articles(db))).toEqual({ findings: [], routes: 7, notes: [] })
    db.close()
  })

  it.each([
    ['drizzle', () => drizzle(NOT_CALLED)],
    ['knex', () => knex(NOT_CALLED)],
    ['kysely', () => kysely(NOT_CALLED)],
    ['prisma', () => prisma(NOT_CALLED)],
    ['mongoose', () => mongoose({ model: () => NOT_CALLED } as never)],
    ['typeorm', () => typeorm({ getRepository: () => NOT_CALLED } as never)],
    ['sequelize', () => sequelize(new Sequelize('postgres://127.0.0.1/not-connected', { logging: false }))],
  ])('orms, %s: nothing', (_name, create) => {
    expect(auditRoutes(create())).toEqual({ findings: [], routes: 3, notes: [] })
  })

  it('json-server: every write of it, and behind a tree only the POST that replaces, which a tree lets pass', () => {
    const lists = ['articles', 'comments'].flatMap((name) =>
      ['PUT', 'PATCH', 'DELETE'].map((method) => `unguarded-write ${method} /${name}/:id`),
    )
    const profile = ['POST', 'PUT', 'PATCH'].map((method) => `unguarded-write ${method} /profile`)
    expect(findings(existing({ data: initialData() }))).toEqual([...lists, ...profile])
    expect(findings(existing({ data: initialData(), guard: ifMatch() }))).toEqual([
      'unguarded-write POST /profile',
    ])
  })

  it('nestjs: nothing; without its middleware, every write', async () => {
    const guarded = await NestFactory.create(AppModule)
    await guarded.init()
    expect(auditRoutes(guarded.getHttpAdapter().getInstance())).toEqual({
      findings: [],
      routes: 6,
      notes: [],
    })
    await guarded.close()

    const module = { module: class Bare {}, controllers: [ArticlesController], providers: [ArticlesService] }
    const bare = await NestFactory.create(module)
    await bare.init()
    expect(findings(bare.getHttpAdapter().getInstance())).toEqual([
      'unguarded-write PUT /articles/:id',
      'unguarded-write PATCH /articles/:id',
      'unguarded-write DELETE /articles/:id',
    ])
    await bare.close()
  })
})

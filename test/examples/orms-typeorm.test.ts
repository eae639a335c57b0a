import { DataSource } from 'typeorm'
import { expect, it } from 'vitest'
import { Article, createApp } from '../../examples/orms/typeorm.js'
import { ormCases } from './orms-cases.js'
import { COUNTED, overPostgres, type OpenOrm } from './orms-postgres.js'

const connect = (url: string) => new DataSource({ type: 'postgres', url, entities: [Article] }).initialize()

async function open(url: string): Promise<OpenOrm> {
  const dataSource = await connect(url)
  return { createApp: () => createApp(dataSource), close: () => dataSource.destroy() }
}

overPostgres('TypeORM', COUNTED, open, (scene) => {
  ormCases({ methods: ['PUT', 'PATCH'], deletes: false }, scene)

  it('is right that save() compares nothing', async () => {
    const dataSource = await connect(scene.url)
    const lock = { mode: 'optimistic', version: 1 } as const
    const article = await dataSource.manager.findOneOrFail(Article, { where: { id: '1' }, lock })
    await scene.console.query("UPDATE articles SET title = 'past the API', version = 2")
    await dataSource.manager.save(Object.assign(article, { title: 'Ben' }))
    expect(await scene.article()).toEqual({ title: 'Ben' })
    await dataSource.destroy()
  })
})

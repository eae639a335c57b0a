import { OptimisticLockError, Sequelize } from 'sequelize'
import { expect, it } from 'vitest'
import { createApp } from '../../examples/orms/sequelize.js'
import { serve } from '../support/api.js'
import { ormCases, tagOf, withLastResort, writing } from './orms-cases.js'
import { COUNTED, overPostgres, type OpenOrm } from './orms-postgres.js'

function open(url: string): OpenOrm {
  const sequelize = new Sequelize(url, { logging: false })
  return { createApp: () => createApp(sequelize), close: () => sequelize.close() }
}

overPostgres('Sequelize', COUNTED, open, (scene) => {
  ormCases({ methods: ['PUT', 'PATCH'], deletes: false }, scene)

  it('leaves an OptimisticLockError of another row to the application', async () => {
    const sequelize = new Sequelize(scene.url, { logging: false })
    const send = await serve(withLastResort(createApp(sequelize)))
    sequelize.addHook('beforeUpdate', () => {
      throw new OptimisticLockError({ message: 'the author has changed', modelName: 'Author' })
    })
    const answer = await send(...writing('PATCH', await tagOf(send), 'Ada'))
    expect(answer).toMatchObject({ status: 500, json: { message: 'the author has changed' } })
    await sequelize.close()
  })

  it('is right that the static update() does nothing for the version', async () => {
    const sequelize = new Sequelize(scene.url, { logging: false })
    createApp(sequelize)
    await sequelize.models.Article!.update({ title: 'Ada' }, { where: { id: '1' } })
    expect(await sequelize.models.Article!.findByPk('1')).toMatchObject({ title: 'Ada', version: 1 })
    await sequelize.close()
  })
})

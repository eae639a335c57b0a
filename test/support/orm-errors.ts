import { PrismaClientKnownRequestError } from '@prisma/client/runtime/client'
import mongoose from 'mongoose'
import { OptimisticLockError } from 'sequelize'
import { OptimisticLockVersionMismatchError } from 'typeorm'

const prisma = (code: string) =>
  new PrismaClientKnownRequestError('not found', { code, clientVersion: '7.0.0' })

const Doc = mongoose.model('OrmErrorDoc', new mongoose.Schema({ _id: String }))

/** What each ORM throws for a stale write, made by its own classes. */
export const ORM_ERRORS: Readonly<Record<string, () => Error>> = {
  'Prisma P2025': () => prisma('P2025'),
  Sequelize: () => new OptimisticLockError({ modelName: 'Article', values: {}, where: {} }),
  TypeORM: () => new OptimisticLockVersionMismatchError('Article', 1, 2),
  'Mongoose VersionError': () =>
    new mongoose.Error.VersionError(Doc.hydrate({ _id: '1' }) as never, 1, ['title']),
  'Mongoose DocumentNotFoundError': () => new mongoose.Error.DocumentNotFoundError({ _id: '1' } as never),
}

/** What merely looks like one. */
export const OTHER_ERRORS: Readonly<Record<string, () => unknown>> = {
  'another code of Prisma': () => prisma('P2002'),
  'the code on an error of something else': () => Object.assign(new Error('no'), { code: 'P2025' }),
  'the name alone': () => Object.assign(new Error('no'), { name: 'VersionError' }),
  'the data of a client': () =>
    JSON.parse('{"name":"VersionError","version":1,"modifiedPaths":[],"code":"P2025"}'),
  'a name that is a member of every object': () => Object.assign(new Error('no'), { name: 'constructor' }),
  'a hostile error': () =>
    Object.defineProperty(new Error('no'), 'name', {
      get() {
        throw new Error('read')
      },
    }),
  'a proxy of an error': () => new Proxy(prisma('P2025'), {}),
  'no error at all': () => 'VersionError',
}

import { PrismaPg } from '@prisma/adapter-pg'
import { report } from 'express-if-match/observe'
import { onTestFinished } from 'vitest'
import { createApp } from '../../examples/adopting/prisma.js'
import { PrismaClient } from '../../examples/orms/prisma-client/client.js'
import { serve } from '../support/api.js'
import { walk } from './adopting-cases.js'
import { overPostgres, UPDATED_AT } from './orms-postgres.js'

let prisma: PrismaClient

function open(url: string) {
  prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: url }) })
  const none = () => {
    throw new Error('each step has its own app')
  }
  return { createApp: none, close: () => prisma.$disconnect() }
}

overPostgres('Prisma, adopting', UPDATED_AT, open, () => {
  walk({
    async open(step) {
      const conflicts = report({ who: () => 'test' })
      onTestFinished(() => conflicts.close())
      return { send: await serve(createApp(prisma, conflicts, step)), conflicts: conflicts.data }
    },
    path: '/articles/1',
    methods: ['PUT', 'PATCH'],
    body: { title: 'Changed' },
    route: '/articles/:id',
  })
})

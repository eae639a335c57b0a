// NestJS: the controller, the service and the filter of ../nestjs, adopted step by step.
import { Inject, Module, type MiddlewareConsumer, type NestModule } from '@nestjs/common'
import { APP_FILTER } from '@nestjs/core'
import { ifMatch } from 'express-if-match'
import { report, type Report } from 'express-if-match/observe'
import { ArticlesController } from '../nestjs/articles.controller.js'
import { ArticlesService } from '../nestjs/articles.service.js'
import { ProblemFilter } from '../nestjs/problem.filter.js'
import { STEPS, stepFrom } from './steps.js'

export const CONFLICTS = Symbol('conflicts')

@Module({
  controllers: [ArticlesController],
  providers: [
    ArticlesService,
    { provide: APP_FILTER, useClass: ProblemFilter },
    {
      provide: CONFLICTS,
      // a middleware runs before Nest's guards: nothing has put a user on the request yet, so it reads the token itself
      useFactory: () => report({ who: (req) => req.headers.authorization?.replace('Bearer ', '') }),
    },
  ],
})
export class AdoptingModule implements NestModule {
  constructor(@Inject(CONFLICTS) private readonly conflicts: Report) {}

  configure(consumer: MiddlewareConsumer): void {
    const router = this.conflicts.router({ authorize: (req) => req.headers['x-role'] === 'admin' })
    consumer.apply(router).forRoutes('admin/conflicts')
    consumer.apply(ifMatch(STEPS[stepFrom(process.env.IF_MATCH)])).forRoutes(ArticlesController)
  }

  onModuleDestroy(): void {
    this.conflicts.close()
  }
}

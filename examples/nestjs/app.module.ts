import { Module, type MiddlewareConsumer, type NestModule } from '@nestjs/common'
import { APP_FILTER } from '@nestjs/core'
import { ifMatch } from 'express-if-match'
import { ArticlesController } from './articles.controller.js'
import { ArticlesService } from './articles.service.js'
import { ProblemFilter } from './problem.filter.js'

@Module({
  controllers: [ArticlesController],
  providers: [ArticlesService, { provide: APP_FILTER, useClass: ProblemFilter }],
})
export class AppModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(ifMatch({ required: true })).forRoutes(ArticlesController)
  }
}

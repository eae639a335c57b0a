import { Catch, type ArgumentsHost } from '@nestjs/common'
import { BaseExceptionFilter } from '@nestjs/core'
import type { Request, Response } from 'express'
import { problems } from 'express-if-match'

/**
 * Nest catches what a controller throws, and no error handler of Express ever sees it: this hands it to one, and
 * lets Nest answer what is not a refusal of express-if-match.
 */
@Catch()
export class ProblemFilter extends BaseExceptionFilter {
  private readonly answer = problems()

  override catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp()
    this.answer(exception, http.getRequest<Request>(), http.getResponse<Response>(), (other) => {
      super.catch(other, host)
    })
  }
}

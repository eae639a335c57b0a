import {
  BadRequestException,
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  ParseIntPipe,
  Patch,
  Post,
  Put,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common'
import type { Request, Response } from 'express'
import { preconditionOf } from 'express-if-match'
import { ArticlesService, type Article, type Content } from './articles.service.js'
import { EditorGuard } from './editor.guard.js'

@Controller('articles')
export class ArticlesController {
  constructor(@Inject(ArticlesService) private readonly articles: ArticlesService) {}

  @Get()
  list(): Promise<Article[]> {
    return this.articles.list()
  }

  @Get(':id')
  show(@Param('id', ParseIntPipe) id: number): Promise<Article> {
    return this.articles.find(id)
  }

  @Post()
  @UseGuards(EditorGuard)
  async create(@Body() body: unknown, @Res({ passthrough: true }) res: Response): Promise<Article> {
    const article = await this.articles.create(contentOf(body))
    res.location(`/articles/${article.id}`)
    return article
  }

  /** A handler that stays as it is: the middleware in front of it is all that it needs. */
  @Put(':id')
  @UseGuards(EditorGuard)
  async save(@Param('id', ParseIntPipe) id: number, @Body() body: unknown): Promise<Article> {
    const article = await this.articles.find(id)
    return this.articles.save({ ...article, ...contentOf(body) })
  }

  /** One that has something to say of its write. */
  @Patch(':id')
  @UseGuards(EditorGuard)
  async retitle(
    @Param('id', ParseIntPipe) id: number,
    @Body('title') title: unknown,
    @Req() req: Request,
  ): Promise<Article> {
    const write = preconditionOf(req)
    const article = await this.articles.find(id)
    const change = contentOf({ ...article, title })
    if (article.published) write.conflict({ detail: 'A published article keeps its title.' })
    if (change.title === article.title) write.unchanged()
    return this.articles.save({ ...article, ...change })
  }

  @Delete(':id')
  @UseGuards(EditorGuard)
  @HttpCode(204)
  async remove(@Param('id', ParseIntPipe) id: number): Promise<void> {
    await this.articles.find(id)
    await this.articles.remove(id)
  }
}

function contentOf(body: unknown): Content {
  const { title, text } = (body ?? {}) as Record<string, unknown>
  if (typeof title !== 'string' || typeof text !== 'string')
    throw new BadRequestException('Give a title and a text.')
  return { title, text }
}

import { Injectable, NotFoundException } from '@nestjs/common'

export interface Article {
  readonly id: number
  readonly title: string
  readonly text: string
  readonly published: boolean
}

export type Content = Pick<Article, 'title' | 'text'>

/** Knows nothing of versions. Async, as a service over a database is. */
@Injectable()
export class ArticlesService {
  private readonly articles = new Map<number, Article>([
    [1, { id: 1, title: 'Opening hours', text: 'From nine to five.', published: false }],
    [2, { id: 2, title: 'House rules', text: 'Please be quiet.', published: true }],
  ])

  async list(): Promise<Article[]> {
    return [...this.articles.values()]
  }

  async find(id: number): Promise<Article> {
    const article = this.articles.get(id)
    if (article === undefined) throw new NotFoundException(`There is no article ${id}.`)
    return article
  }

  async create(content: Content): Promise<Article> {
    const id = Math.max(0, ...this.articles.keys()) + 1
    return this.save({ id, ...content, published: false })
  }

  async save(article: Article): Promise<Article> {
    this.articles.set(article.id, article)
    return article
  }

  async remove(id: number): Promise<void> {
    this.articles.delete(id)
  }
}

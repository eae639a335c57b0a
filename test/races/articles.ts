import type { Data } from 'json-server'

/** So many articles, each with a value that nobody has written yet. */
export function articles(count: number): Data {
  return {
    articles: Array.from({ length: count }, (_, index) => ({ id: index + 1, value: 'first', base: '' })),
  }
}

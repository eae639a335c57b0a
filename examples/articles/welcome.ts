import type { Article } from './database.js'

/** What the terminal shows: where the page is, and three requests that end in a 409. */
export function welcome(
  url: string,
  database: string,
  article: Pick<Article, 'id' | 'version'> | undefined,
): string {
  if (article === undefined) return `${url}\n`
  const path = `${url}/articles/${article.id}`
  const write = `curl -i -X PUT ${path} -H 'If-Match: "${article.version}"' -H 'Content-Type: application/json' -d '{"title":"House rules","body":"Please be quiet, and kind."}'`
  return `
The articles are at ${url}, and in the file ${database}. Ctrl+C stops the server.

Read an article and its ETag; write it with that ETag; write it again with the same one, which is refused:

curl -i ${path}
${write}
${write}
`
}

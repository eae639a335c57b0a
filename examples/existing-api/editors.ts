import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ifMatch } from 'express-if-match'
import { createApp } from './app.js'
import { initialData } from './data.js'

export interface Figures {
  /** saves that the API called a success */
  readonly saved: number
  /** saves that it refused with a 409, after which the editor read again */
  readonly refused: number
  /** lines that are in the article at the end, of those that were saved */
  readonly kept: number
}

interface Article {
  readonly text: string
}

/** What an editor has on the screen. */
interface Seen {
  readonly tag: string
  readonly article: Article
}

/** So many editors open the same article, then each adds a line and saves, on a server that is closed in the end. */
export async function editAtOnce(editors: number, guarded: boolean): Promise<Figures> {
  const app = createApp({ data: initialData(), ...(guarded ? { guard: ifMatch() } : {}) })
  const server = app.listen(0, '127.0.0.1')
  try {
    await new Promise((resolve) => server.once('listening', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/articles/1`
    const lines = Array.from({ length: editors }, (_, index) => `line of editor ${index + 1}`)
    const opened = await Promise.all(lines.map(() => open(url)))
    const refused = await Promise.all(opened.map((seen, index) => addLine(url, seen, lines[index]!)))
    const { text } = (await open(url)).article
    const kept = lines.filter((line) => text.split('\n').includes(line)).length
    return { saved: editors, refused: refused.reduce((sum, one) => sum + one, 0), kept }
  } finally {
    await close(server)
  }
}

async function open(url: string): Promise<Seen> {
  const answer = await fetch(url)
  return { tag: answer.headers.get('ETag') ?? '*', article: (await answer.json()) as Article }
}

/** Saves with the entity tag of what was read; on a 409 reads again. Returns how often that was. */
async function addLine(url: string, opened: Seen, line: string): Promise<number> {
  let seen = opened
  for (let refused = 0; ; refused++) {
    const { tag, article } = seen
    const answer = await fetch(url, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json', 'If-Match': tag },
      body: JSON.stringify({ ...article, text: `${article.text}\n${line}` }),
    })
    await answer.arrayBuffer()
    if (answer.ok) return refused
    if (answer.status !== 409) throw new Error(`PUT ${url} was answered with ${answer.status}`)
    seen = await open(url)
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve()
    })
    server.closeAllConnections()
  })
}

import type { ClientOptions } from 'express-if-match/client'

export interface Given {
  readonly status: number
  readonly body?: string
  readonly headers?: Record<string, string>
}

const response = ({ status, body, headers }: Given): Response =>
  new Response(body ?? null, { status, ...(headers === undefined ? {} : { headers }) })

/** A `fetch` that gives these answers, in this order. */
export function answering(answers: readonly Given[]): typeof fetch {
  let next = 0
  return async () => {
    const given = answers[next++]
    if (given === undefined) throw new Error('one request too many')
    return response(given)
  }
}

/** A network on which each answer comes when the test says so. */
export function heldAnswers() {
  const open: ((answer: Response) => void)[] = []
  const sent: Headers[] = []
  const lines: string[] = []
  const waiting: { count: number; reached: () => void }[] = []
  const options: ClientOptions = {
    fetch: (url, init) => {
      lines.push(`${init?.method} ${url as string}`)
      sent.push(new Headers(init?.headers))
      const held = new Promise<Response>((resolve) => open.push(resolve))
      for (const { count, reached } of waiting) if (sent.length >= count) reached()
      return held
    },
  }
  return {
    options,
    answer: (request: number, given: Given) => open[request]!(response(given)),
    /** until so many requests have been sent */
    asked: (count: number) =>
      sent.length >= count
        ? Promise.resolve()
        : new Promise<void>((reached) => waiting.push({ count, reached })),
    /** method and URL of each request */
    sent: () => lines,
    condition: (request: number) => sent[request]!.get('if-none-match'),
  }
}

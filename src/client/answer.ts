import { isProblem, type ClientProblem } from './problem.js'

/** An answer of the API, read to its end. */
export interface Answer {
  readonly status: number
  /** 2xx */
  readonly ok: boolean
  readonly headers: Headers
  /** the JSON of the body; undefined where it has none */
  readonly body: unknown
  /** undefined for an answer that is no problem of this library's */
  readonly problem: ClientProblem | undefined
  /** ms to wait before the next try, as the problem or Retry-After says */
  readonly retryAfterMs: number | undefined
}

export async function readAnswer(response: Response): Promise<Answer> {
  const { status, ok, headers } = response
  const text = await response.text()
  const body = parsed(text)
  const problem = isProblem(body) ? body : undefined
  const retryAfterMs = problem?.retryAfterMs ?? retryAfter(headers.get('retry-after'))
  return { status, ok, headers, body, problem, retryAfterMs }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** RFC 9110 §10.2.3: seconds, or a date. */
export function retryAfter(field: string | null | undefined): number | undefined {
  const time = field ?? ''
  if (/^\d{1,9}$/.test(time)) return Number(time) * 1000
  const ms = Math.max(0, Date.parse(time) - Date.now())
  return ms >= 0 && /GMT$/.test(time) ? ms : undefined
}

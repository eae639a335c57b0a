import { problemOf } from '../../src/core/problem.js'

/** What the API keeps: who has counted, in order. `n` is how many, so that what is lost shows in either. */
export interface Tally {
  readonly n: number
  readonly marks: readonly string[]
}

export interface Arrived {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: string | undefined
}

const versionIn = (tag: string | null): number => Number(/^"(\d+)/.exec(tag ?? '')?.[1])

/** An API with one tally, which writes what it is sent if the condition holds, and looks at what it is sent. */
export class SimulatedApi {
  state: Tally = { n: 0, marks: [] }
  version = 1
  /** what was created in the collection */
  readonly created: string[] = []
  /** everything that must not have happened */
  readonly wrongs: string[] = []
  readonly #shows: boolean

  /** `shows`: a conflict shows what is there */
  constructor(shows: boolean) {
    this.#shows = shows
  }

  handle({ method, headers, body }: Arrived): Response {
    if (method === 'POST') {
      this.created.push((JSON.parse(body ?? '') as { mark: string }).mark)
      return new Response(null, { status: 201, headers: { etag: '"1"' } })
    }
    if (method === 'GET') return this.#read(headers)
    const expected = versionIn(headers.get('if-match'))
    if (expected !== this.version) return this.#conflict(expected)
    this.#write(JSON.parse(body ?? '') as Tally)
    return new Response(JSON.stringify(this.state), { headers: { etag: `"${this.version}"` } })
  }

  #read(headers: Headers): Response {
    const etag = `"${this.version}.x"`
    if (headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers: { etag } })
    return new Response(JSON.stringify(this.state), { headers: { etag } })
  }

  #write(next: Tally): void {
    const before = this.state.marks
    if (next.marks.slice(0, -1).join() !== before.join() || next.marks.length !== before.length + 1)
      this.wrongs.push(
        `version ${this.version} was ${before.join()}, and was overwritten with ${next.marks.join()}`,
      )
    if (next.n !== this.state.n + 1) this.wrongs.push(`counted from ${this.state.n} to ${next.n}`)
    this.state = next
    this.version += 1
  }

  #conflict(expected: number): Response {
    const etag = `"${this.version}"`
    const current = this.#shows ? { current: { etag, representation: this.state } } : {}
    const problem = problemOf('version-conflict', {
      reason: 'stale',
      expected: [String(expected)],
      ...current,
    })
    return new Response(JSON.stringify(problem), { status: 409 })
  }
}

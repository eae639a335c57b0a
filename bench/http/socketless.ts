import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

/** An answer that reaches nobody, and tells when it has left. */
class Answer extends ServerResponse {
  left: () => void = () => undefined

  override end(...args: never[]): this {
    super.end(...args)
    this.left()
    return this
  }
}

export interface Exchange {
  readonly req: IncomingMessage & { originalUrl: string; params: Readonly<Record<string, string>> }
  readonly res: ServerResponse
  /** once the answer has left */
  readonly answered: Promise<void>
}

const socket = new Socket()

/** A PUT whose body has arrived, as Express hands it to a route: what remains of a request without its network. */
export function exchange(path: string, params: Readonly<Record<string, string>>, ifMatch?: string): Exchange {
  const req = Object.assign(new IncomingMessage(socket), {
    method: 'PUT',
    url: path,
    originalUrl: path,
    params,
    complete: true,
  })
  if (ifMatch !== undefined) {
    req.headers['if-match'] = ifMatch
    req.rawHeaders.push('If-Match', ifMatch)
  }
  const res = new Answer(req)
  const answered = new Promise<void>((resolve) => {
    res.left = resolve
  })
  return { req, res, answered }
}

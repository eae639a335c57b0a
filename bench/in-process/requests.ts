import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

/** An answer that goes nowhere, and tells when it has left. */
export class Unsent extends ServerResponse {
  left: (() => void) | undefined

  override end(): this {
    this.left?.()
    return this
  }
}

/** A PUT as Express hands it over, its body parsed; `etag`: its If-Match. */
export function putRequest(id: string, etag: string | undefined): IncomingMessage {
  const req = new IncomingMessage(NO_SOCKET)
  const url = `/articles/${id}`
  const raw = ['Host', '127.0.0.1:3000', 'Content-Type', 'application/json', 'Content-Length', '1024']
  const headers: Record<string, string> = {
    host: '127.0.0.1:3000',
    'content-type': 'application/json',
    'content-length': '1024',
  }
  if (etag !== undefined) {
    raw.push('If-Match', etag)
    headers['if-match'] = etag
  }
  req.method = 'PUT'
  req.url = url
  req.complete = true
  req.rawHeaders = raw
  req.headers = headers
  return Object.assign(req, { originalUrl: url, params: { id }, body: BODY })
}

const NO_SOCKET = new Socket()
const BODY = { title: 'An article' }

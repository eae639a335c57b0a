/* global location, Headers */
import { createClient } from './client.js'

/**
 * What one editor asks of the API. `report` is told of each request: who sent it, what, under which condition, and the
 * answer; where there is none, `status` is 0. Both answer a snapshot, which a later save names, or throw a ClientError.
 */
export function createApi(who, report) {
  const client = createClient({ fetch: reporting(who, report), timeout: 3_000 })
  return {
    /** what the server says now; the request asks for no more than whether that has changed */
    read: (path) => client.get(path),
    /** refused with `version-conflict` where what `base` stands for is not the current state any more */
    save: (base, article) => client.put(base, article),
  }
}

function reporting(who, report) {
  return async (url, request) => {
    const headers = new Headers(request.headers)
    const header = ['If-Match', 'If-None-Match'].find((name) => headers.has(name))
    const condition = header && { header, tag: headers.get(header) }
    const { pathname } = new URL(url, location.href)
    const told = { who, method: request.method, path: pathname, condition }
    try {
      const answer = await fetch(url, request)
      report({ ...told, status: answer.status, etag: answer.headers.get('ETag') ?? undefined })
      return answer
    } catch (error) {
      report({ ...told, status: 0 })
      throw error
    }
  }
}

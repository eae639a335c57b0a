/**
 * The requests of the page. `report` is told of each: who sent it, what, under which condition, and the answer.
 * An answer is `{ status, etag, body }`; where there is none, `status` is 0.
 */
export function createApi(report) {
  async function send(who, method, path, condition, article) {
    const headers = { Accept: 'application/json' }
    if (condition !== undefined) headers[condition.header] = condition.tag
    if (article !== undefined) headers['Content-Type'] = 'application/json'
    const answer = await ask(path, {
      method,
      headers,
      body: article === undefined ? null : JSON.stringify(article),
      // what the list shows is then what the server said, and not the browser's own cache
      cache: 'no-store',
    })
    report({ who, method, path, condition, status: answer.status, etag: answer.etag })
    return answer
  }

  return {
    list: (who) => send(who, 'GET', '/articles'),
    /** 304, without a body, where `tag` is still the current one */
    read: (who, path, tag) =>
      send(who, 'GET', path, tag === undefined ? undefined : { header: 'If-None-Match', tag }),
    /** 409 where `tag` is not the current one any more */
    save: (who, path, tag, article) => send(who, 'PUT', path, { header: 'If-Match', tag }, article),
  }
}

async function ask(path, request) {
  try {
    const response = await fetch(path, request)
    const isJson = /\bjson\b/.test(response.headers.get('Content-Type') ?? '')
    return {
      status: response.status,
      etag: response.headers.get('ETag') ?? undefined,
      body: isJson ? await response.json() : undefined,
    }
  } catch {
    return { status: 0, etag: undefined, body: undefined }
  }
}

import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'

type HeaderMethods = Pick<ServerResponse, 'setHeader' | 'appendHeader' | 'removeHeader'>

/** The header argument of `writeHead`, in each of the forms that Node takes. */
export function applyHeaders(
  res: ServerResponse,
  fields: OutgoingHttpHeaders | unknown[] | undefined,
  methods: HeaderMethods,
): void {
  if (fields === undefined) return
  if (!Array.isArray(fields)) {
    for (const [name, value] of Object.entries(fields)) {
      if (value !== undefined) methods.setHeader.call(res, name, value)
    }
    return
  }
  const flat = (Array.isArray(fields[0]) ? fields.flat(1) : fields) as OutgoingHttpHeader[]
  for (let index = 0; index < flat.length; index += 2) methods.removeHeader.call(res, String(flat[index]))
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const value = flat[index + 1] as string | string[]
    methods.appendHeader.call(res, String(flat[index]), typeof value === 'number' ? String(value) : value)
  }
}

/** The headers as they were, so that nothing of an answer that is not sent stays behind (`Location`, cookies, codings). */
export function restoreHeaders(
  res: ServerResponse,
  before: OutgoingHttpHeaders,
  methods: HeaderMethods,
): void {
  for (const name of res.getHeaderNames()) {
    if (!(name in before)) methods.removeHeader.call(res, name)
  }
  for (const [name, value] of Object.entries(before)) {
    if (value !== undefined && res.getHeader(name) !== value) methods.setHeader.call(res, name, value)
  }
}

/** A page of another origin sees an entity tag only where it is named (Fetch standard, CORS-exposed header names). */
export function exposeEtag(res: ServerResponse, setHeader: ServerResponse['setHeader']): void {
  if (!res.hasHeader('Access-Control-Allow-Origin')) return
  const exposed = res.getHeader('Access-Control-Expose-Headers')
  const names = exposed === undefined ? '' : String(exposed)
  if (names.split(',').some((name) => name.trim().toLowerCase() === 'etag')) return
  setHeader.call(res, 'Access-Control-Expose-Headers', names === '' ? 'ETag' : `${names}, ETag`)
}

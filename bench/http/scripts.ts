import type { Script } from './load.js'

const JSON_TYPE = { 'content-type': 'application/json' }

/** JSON of about as many bytes. */
export function bodyOf(bytes: number): string {
  const words = 'the quick brown fox jumps over the lazy dog '
  const text = words.repeat(Math.ceil(bytes / words.length)).slice(0, Math.max(0, bytes - 60))
  return JSON.stringify({ title: 'An article', author: 'somebody', text })
}

let keys = 0

/** Each connection writes an article of its own, with the tag that it was answered last. */
export function puts(
  bytes = 1024,
  headers: () => Readonly<Record<string, string>> = () => ({}),
): () => Script {
  const body = bodyOf(bytes)
  return () => {
    const path = `/articles/${keys++}`
    let tag: Readonly<Record<string, string>> = {}
    return {
      next: () => ({ method: 'PUT', path, headers: { ...JSON_TYPE, ...tag, ...headers() }, body }),
      answered({ status, etag }) {
        if (status !== 200) throw new Error(`PUT ${path} was answered ${status}`)
        // Express's own tag is weak, and no guard of ours gave it out
        if (etag !== undefined) tag = { 'if-match': etag }
      },
    }
  }
}

/** Each connection writes a row of its own, of `first` and those after it, with the tag that it was answered last. */
export function rowPuts(first = 0): (connection: number) => Script {
  return (connection) => {
    const path = `/articles/${first + connection}`
    let tag: Readonly<Record<string, string>> = {}
    return {
      next: () => ({ method: 'PUT', path, headers: { ...JSON_TYPE, ...tag }, body: bodyOf(1024) }),
      answered({ status, etag }) {
        if (status !== 200) throw new Error(`PUT ${path} was answered ${status}`)
        if (etag !== undefined) tag = { 'if-match': etag }
      },
    }
  }
}

/** Each connection writes twice, and from then on always with the tag that its first write was answered. */
export function stalePuts(bytes = 1024): () => Script {
  const body = bodyOf(bytes)
  return () => {
    const path = `/articles/${keys++}`
    let [sent, first]: [number, string | undefined] = [0, undefined]
    return {
      next: () => {
        sent += 1
        const tag: Readonly<Record<string, string>> = first === undefined ? {} : { 'if-match': first }
        return { method: 'PUT', path, headers: { ...JSON_TYPE, ...tag }, body }
      },
      answered({ status, etag }) {
        if (status !== (sent > 2 ? 409 : 200)) throw new Error(`PUT ${path} was answered ${status}`)
        first ??= etag
      },
    }
  }
}

/** Each connection reads an article of its own, which it has written first; `conditional`: with the tag that it got. */
export function gets(bytes: number, conditional: boolean): () => Script {
  const body = bodyOf(bytes)
  return () => {
    const path = `/articles/${keys++}`
    let [written, tag]: [boolean, string | undefined] = [false, undefined]
    return {
      next() {
        if (!written) return { method: 'PUT', path, headers: JSON_TYPE, body }
        const headers: Readonly<Record<string, string>> = tag === undefined ? {} : { 'if-none-match': tag }
        return { method: 'GET', path, headers }
      },
      answered({ status, etag }) {
        if (status !== (tag === undefined ? 200 : 304)) throw new Error(`GET ${path} was answered ${status}`)
        if (written && conditional) tag = etag
        written = true
      },
    }
  }
}

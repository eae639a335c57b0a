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

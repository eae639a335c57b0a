import { createHash } from 'node:crypto'
import type { Rival } from './report-data.js'

/** Who made the last versions of the keys that were written last. */
export interface RecentWriters {
  /** `version`: undefined where nobody knows it; `who`: undefined for one who is not known */
  wrote(key: string, version: string | undefined, who: string | undefined): void
  /** who stands behind the conflict of `who`, whose change was built on one of the `expected` versions */
  rivalOf(key: string, expected: readonly string[], who: string | undefined): Rival
}

interface Written {
  readonly version: string | undefined
  readonly who: string | undefined
}

const MOST_VERSIONS = 8

/** Keys, versions and clients are kept as hashes: all are short then, and none can be read out of the memory. */
export function recentWriters(maxKeys: number): RecentWriters {
  const keys = new Map<string, readonly Written[]>()
  return {
    wrote(key, version, who) {
      const name = digest(key)
      const before = keys.get(name) ?? []
      keys.delete(name)
      const [oldest] = keys.keys()
      if (oldest !== undefined && keys.size >= maxKeys) keys.delete(oldest)
      const written = { version: optionalDigest(version), who: optionalDigest(who) }
      keys.set(name, [...before.slice(1 - MOST_VERSIONS), written])
    },
    rivalOf(key, expected, who) {
      const written = keys.get(digest(key)) ?? []
      const named = new Set(expected.map(digest))
      // where the version that was named is older than what is remembered, all of that came after it
      const built = written.findLastIndex(({ version }) => version !== undefined && named.has(version))
      return rivalAmong(written.slice(built + 1), optionalDigest(who))
    },
  }
}

function rivalAmong(between: readonly Written[], who: string | undefined): Rival {
  if (who === undefined || between.length === 0) return 'unknown'
  if (between.every((one) => one.who === who)) return 'self'
  return between.some((one) => one.who !== undefined && one.who !== who) ? 'other' : 'unknown'
}

function optionalDigest(text: string | undefined): string | undefined {
  return text === undefined ? undefined : digest(text)
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

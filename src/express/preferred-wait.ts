import type { IncomingMessage } from 'node:http'

/**
 * How long a client is ready to wait for its answer, in ms: `Prefer: wait=2` (RFC 7240 §4.3). Zero where it does not say.
 * A comma in the quoted value of another preference is taken for the end of that one; a client that means to mislead
 * only waits itself.
 */
export function preferredWait({ headers }: IncomingMessage): number {
  const { prefer } = headers
  if (prefer === undefined) return 0
  for (const preference of String(prefer).split(',')) {
    const [named = ''] = preference.split(';', 1)
    const [name = '', value = ''] = named.split('=')
    // §2: names are case-insensitive, a value may be quoted, and of several the first counts
    if (name.trim().toLowerCase() === 'wait') return seconds(value.trim().replaceAll('"', '')) * 1_000
  }
  return 0
}

function seconds(value: string): number {
  return /^\d{1,9}$/.test(value) ? Number(value) : 0
}

import type { ServerResponse } from 'node:http'

const VERSION = Symbol('express-if-match.version')
type Versioned = ServerResponse & { [VERSION]?: string }

/** Notes the version of the row that is being answered, where the application has it in hand (`send`). */
export function noteVersion(res: ServerResponse, version: string): void {
  ;(res as Versioned)[VERSION] = version
}

export function notedVersion(res: ServerResponse): string | undefined {
  return (res as Versioned)[VERSION]
}

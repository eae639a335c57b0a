import type { ServerResponse } from 'node:http'
import { answerNotes } from './notes.js'

/** Notes the version of the row that is being answered, where the application has it in hand (`send`). */
export function noteVersion(res: ServerResponse, version: string): void {
  answerNotes(res).version = version
}

export function notedVersion(res: ServerResponse): string | undefined {
  return answerNotes(res).version
}

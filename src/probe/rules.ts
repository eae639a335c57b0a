import type { State } from './state.js'
import type { Answer } from './wire.js'

/** One rule of RFC 9110 §13, and a request that shows whether it is kept. */
export interface Rule {
  readonly id: string
  readonly section: string
  readonly rule: string
  /** a write, or a GET */
  readonly asks: 'write' | 'read'
  /** from the entity tag of the current state, which is strong, and its opaque text without the quotes */
  readonly headers: (etag: string, opaque: string) => Readonly<Record<string, string>>
  readonly wants: Want
}

/** `refused`: no success, by whatever status. */
export type Want = 'success' | 'refused' | 'not-modified' | '200'

const NOBODYS = '"express-if-match-probe"'
const match = (value: string): Record<string, string> => ({ 'if-match': value })
const noneMatch = (value: string): Record<string, string> => ({ 'if-none-match': value })

export const RULES: readonly Rule[] = [
  write(
    'if-match-unknown',
    '13.1.1',
    'If-Match with another tag is refused',
    () => match(NOBODYS),
    'refused',
  ),
  write(
    'if-match-weak',
    '13.1.1',
    'If-Match compares strongly: W/ never matches',
    (etag) => match(`W/${etag}`),
    'refused',
  ),
  write(
    'if-match-comma',
    '8.8.3',
    'a comma inside a tag is a part of it',
    (_etag, opaque) => match(`"express-if-match-probe,${opaque}"`),
    'refused',
  ),
  write(
    'if-match-malformed',
    '13.1.1',
    'a tag without quotes is none',
    (_etag, opaque) => match(opaque),
    'refused',
  ),
  write(
    'if-match-list',
    '13.1.1',
    'If-Match takes a list',
    (etag) => match(`${NOBODYS}, ${etag}`),
    'success',
  ),
  write(
    'if-match-empty',
    '5.6.1',
    'empty members of a list are skipped',
    (etag) => match(`, ${etag} ,`),
    'success',
  ),
  write('if-match-any', '13.1.1', 'If-Match: * matches whatever is there', () => match('*'), 'success'),
  write(
    'if-none-match-any',
    '13.1.2',
    'a write with If-None-Match: * is refused where something is',
    () => noneMatch('*'),
    'refused',
  ),
  write(
    'if-none-match-tag',
    '13.1.2',
    'a write with If-None-Match is refused where the tag matches',
    (etag) => noneMatch(etag),
    'refused',
  ),
  write(
    'if-none-match-weak',
    '13.1.2',
    'If-None-Match compares weakly, on writes too',
    (etag) => noneMatch(`W/${etag}`),
    'refused',
  ),
  read(
    'not-modified',
    '13.1.2',
    'a GET with the current tag is a 304',
    (etag) => noneMatch(etag),
    'not-modified',
  ),
  read(
    'not-modified-weak',
    '13.1.2',
    'a GET with the current tag behind W/ is a 304',
    (etag) => noneMatch(`W/${etag}`),
    'not-modified',
  ),
  read(
    'not-modified-list',
    '13.1.2',
    'If-None-Match takes a list',
    (etag) => noneMatch(`${NOBODYS}, ${etag}`),
    'not-modified',
  ),
  read(
    'not-modified-any',
    '13.1.2',
    'a GET with If-None-Match: * is a 304',
    () => noneMatch('*'),
    'not-modified',
  ),
  read('modified', '13.1.2', 'a GET with another tag shows the state', () => noneMatch(NOBODYS), '200'),
]

function write(id: string, section: string, rule: string, headers: Rule['headers'], wants: Want): Rule {
  return { id, section, rule, asks: 'write', headers, wants }
}

function read(id: string, section: string, rule: string, headers: Rule['headers'], wants: Want): Rule {
  return { id, section, rule, asks: 'read', headers, wants }
}

const WORDS: Readonly<Record<Want, string>> = {
  success: 'a success',
  refused: 'a refusal',
  'not-modified': '304 without a body, with the ETag',
  '200': '200',
}

/** Undefined where the answer is as wanted, else what is wrong with it. */
export function complaint(wants: Want, answer: Answer, { etag }: State): string | undefined {
  const { status } = answer
  const told = (what: string): string => `answered with ${what}, where ${WORDS[wants]} is due`
  if (wants === 'success') return status >= 200 && status < 300 ? undefined : told(String(status))
  if (wants === '200') return status === 200 ? undefined : told(String(status))
  if (wants === 'not-modified') {
    if (status !== 304) return told(String(status))
    if (answer.etag === undefined) return told('304 without an ETag')
    return answer.body === '' ? undefined : told('304 with a body')
  }
  if (status < 400 || status >= 500) return told(String(status))
  // a client takes the tag of any answer for that of the state
  return answer.etag === undefined || answer.etag === etag
    ? undefined
    : `answered with ${status} and the ETag ${answer.etag}, which is not that of the state`
}

import type { IdValue } from '../sql/table-shape.js'
import { wholeRange, type Column } from './describe.js'
import { hex, text } from './literal.js'

/*
 * An id comes from a URL and may have any form. MySQL takes '42abc' for 42 where a column has numbers, and 'ADA ' for
 * 'Ada' in most collations: two keys would be one row. So an id is the spelling that its column gives back, octet by
 * octet, and any other names no row. The loose comparison stays beside the exact one, for it is the one that has an index.
 */

/** How one column of an id is compared. */
export interface IdForm {
  /** the value as SQL has it; undefined for one that the column never gives back in this spelling */
  literal(value: IdValue): string | undefined
  /** whether the column has this value and no other, in terms of `literal` */
  same(value: IdValue, literal: string): string
}

/** The form of the ids in this column; undefined for a type that has no one spelling for each of its values. */
export function idForm(column: string, described: Column): IdForm | undefined {
  const { type } = described
  const range = wholeRange(described)
  if (range !== undefined) {
    const [least, most] = range
    const isWithin = (id: string): boolean => WHOLE.test(id) && BigInt(id) >= least && BigInt(id) <= most
    return exactForm(column, isWithin, (id) => id)
  }
  if (type === 'uuid') return exactForm(column, (id) => UUID.test(id), text)
  if (type === 'binary(16)')
    return exactForm(
      column,
      (id) => UUID.test(id),
      (id) => hex(Buffer.from(id.replaceAll('-', ''), 'hex')),
    )
  if (type === 'date') return exactForm(column, isDay, (day) => `DATE'${day}'`)
  const [, family = '', size] =
    /^(?:var|tiny|medium|long)?(char|text|binary|blob)(?:\((\d+)\))?$/.exec(type) ?? []
  const most = size === undefined ? (ROOM[type] ?? Infinity) : Number(size)
  if (family === 'binary' || family === 'blob')
    return exactForm(column, (id) => isWellFormed(id) && octets(id) <= most, hex)
  return family === '' ? undefined : textForm(column, described, most)
}

/** octets */
const ROOM: Readonly<Record<string, number>> = {
  tinytext: 255,
  tinyblob: 255,
  text: 65_535,
  blob: 65_535,
  mediumtext: 16_777_215,
  mediumblob: 16_777_215,
}
const WHOLE = /^(?:0|-?[1-9]\d{0,19})$/
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function isDay(id: string): boolean {
  const ms = /^[1-9]\d{3}-\d\d-\d\d$/.test(id) ? Date.parse(`${id}T00:00:00Z`) : Number.NaN
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(id)
}

/** Lone surrogates would become U+FFFD, and one with it. */
function isWellFormed(id: string): boolean {
  return !/\p{Surrogate}/u.test(id)
}

function octets(id: string): number {
  return Buffer.byteLength(id)
}

/** Of types for whose values to be equal is to be the same. */
function exactForm(column: string, isForm: (id: string) => boolean, literal: (id: string) => string): IdForm {
  return {
    literal: (value) => (isForm(String(value)) ? literal(String(value)) : undefined),
    same: (_, compared) => `${column} = ${compared}`,
  }
}

function textForm(column: string, { type, collation }: Column, most: number): IdForm | undefined {
  const isWritable = WRITABLE[collation.split('_', 1)[0] ?? '']
  if (isWritable === undefined) return undefined
  const size = type.endsWith(')') ? characters : octets
  // a CHAR gives no spaces back that stand at its end
  const isKept = (id: string): boolean => !type.startsWith('char') || !id.endsWith(' ')
  return {
    literal(value) {
      const id = String(value)
      return isWellFormed(id) && isWritable(id) && isKept(id) && size(id) <= most ? text(id) : undefined
    },
    same: (value, compared) =>
      `${column} = ${compared} AND CAST(CONVERT(${column} USING utf8mb4) AS BINARY) = ${hex(String(value))}`,
  }
}

/** As MySQL counts them: code points. */
function characters(id: string): number {
  return id.length - (id.match(/[\ud800-\udbff]/g) ?? []).length
}

/** MySQL's latin1 is windows-1252, and so is the platform's. */
const LATIN = new Set(new TextDecoder('latin1').decode(Uint8Array.from({ length: 256 }, (_, octet) => octet)))

/** By character set, what it can hold of an id: in strict mode MySQL fails on the rest. */
const WRITABLE: Readonly<Record<string, (id: string) => boolean>> = {
  utf8mb4: () => true,
  utf8mb3: (id) => characters(id) === id.length,
  utf8: (id) => characters(id) === id.length,
  latin1: (id) => Array.from(id).every((character) => LATIN.has(character)),
  ascii: (id) => octets(id) === id.length,
}

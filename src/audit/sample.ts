/*
 * A path that a pattern of a route matches, made from the pattern's own regular expression: neither Express 4 nor all
 * of Express 5 keep the text that it came from, and for `app.put(/^\/articles\/(\d+)$/)` there never was one.
 */

/** One way through a pattern. */
export interface Sample {
  /** a path that it matches */
  readonly path: string
  /** the same with `:name` for each parameter, `*name` for one that may hold a `/` */
  readonly template: string
}

/** Upper case and a digit first: what folds the case of an identifier is told from what keeps it. */
const CANDIDATES = ['X', '1', 'x', 'a', 'A', '0', '-', '_', '.', '~', '@', '%', '/', ' ']

interface Reader {
  readonly source: string
  readonly flags: string
  readonly names: readonly string[]
  at: number
  groups: number
}

const NOTHING: Sample = { path: '', template: '' }

/**
 * A sample of each alternative of the pattern that it matches itself; `names`: those of its groups. None where the
 * pattern says what is not known here, or repeats what is too long for a text.
 */
export function samplesOf(pattern: RegExp, names: readonly string[]): readonly Sample[] {
  try {
    return matching(pattern, names)
  } catch (error) {
    // one pattern that cannot be read must not keep the audit from all the others
    if (error instanceof SyntaxError || error instanceof RangeError) return []
    throw error
  }
}

function matching(pattern: RegExp, names: readonly string[]): readonly Sample[] {
  const flags = pattern.flags.replace(/[gy]/g, '')
  const reader: Reader = { source: unwrapped(pattern.source), flags, names, at: 0, groups: 0 }
  const whole = new RegExp(pattern.source, flags)
  return alternatives(reader)
    .map(({ path, template }) =>
      path.startsWith('/') ? { path, template } : { path: `/${path}`, template: `/${template}` },
    )
    .filter(({ path }) => whole.test(path))
}

/** Express before 4.20 puts a group around all of several paths: `(?:^\/a$|^\/b$)`. */
function unwrapped(source: string): string {
  const inner = /^\(\?:([\s\S]*)\)$/.exec(source)?.[1]
  if (inner === undefined) return source
  try {
    // of `(?:a)(?:b)` what remains, `a)(?:b`, is no expression
    new RegExp(inner)
    return inner
  } catch {
    return source
  }
}

function alternatives(reader: Reader): Sample[] {
  const found: Sample[] = []
  let sample = NOTHING
  while (reader.at < reader.source.length && reader.source[reader.at] !== ')') {
    if (reader.source[reader.at] === '|') {
      reader.at++
      found.push(sample)
      sample = NOTHING
    } else sample = joined(sample, term(reader))
  }
  return [...found, sample]
}

function joined(one: Sample, other: Sample): Sample {
  return { path: one.path + other.path, template: one.template + other.template }
}

/** One atom with its quantifier. */
function term(reader: Reader): Sample {
  const { source } = reader
  const start = reader.at
  const character = source[reader.at++] ?? ''
  if (character === '^' || character === '$') return NOTHING
  if (character === '(') return repeated(group(reader), quantifier(reader))
  if (character === '[') {
    skipClass(reader)
    return ofClass(reader, source.slice(start, reader.at))
  }
  if (character === '.') return ofClass(reader, '.')
  if (character !== '\\') return repeated(literal(character), quantifier(reader))
  const escape =
    /^(?:u[0-9a-f]{4}|x[0-9a-f]{2}|[pP]\{[^}]{0,40}\}|[\s\S])/iu.exec(source.slice(reader.at))?.[0] ?? ''
  reader.at += escape.length
  if (escape === 'b' || escape === 'B') return NOTHING
  if (/^[ux][0-9a-f]/i.test(escape)) {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
    return repeated(literal(character), quantifier(reader))
  }
  if (/^[dDwWsSpPtnrfv]/.test(escape)) return ofClass(reader, `\\${escape}`)
  return repeated(literal(escape), quantifier(reader))
}

/** To behind the end of a class; under the flag `v` it may have others in it. */
function skipClass(reader: Reader): void {
  const { source, flags } = reader
  for (let depth = 1; depth > 0 && reader.at < source.length; reader.at++) {
    const character = source[reader.at]
    if (character === '\\') reader.at++
    else if (character === ']') depth--
    else if (character === '[' && flags.includes('v')) depth++
  }
}

function literal(text: string): Sample {
  return { path: text, template: text }
}

function group(reader: Reader): Sample {
  const opening = /^\?(?::|<?[=!]|<[^>]{1,100}>)/.exec(reader.source.slice(reader.at))?.[0] ?? ''
  reader.at += opening.length
  const captures = opening === '' || /^\?<[^=!]/.test(opening)
  const index = captures ? reader.groups++ : -1
  const ways = alternatives(reader)
  reader.at++
  if (opening.endsWith('=') || opening.endsWith('!')) return NOTHING
  // of an optional part that a path may have or lack, the longest: it names the most
  const way = ways.reduce((one, other) => (other.path.length > one.path.length ? other : one))
  if (!captures) return way
  const name = reader.names[index] ?? opening.replace(/^\?<|>$/g, '')
  const sign = way.template.includes('*') ? '*' : ':'
  return { path: way.path, template: /^[A-Za-z_]/.test(name) ? `${sign}${name}` : `${sign}${index}` }
}

interface Repeats {
  readonly least: number
  readonly most: number
}

function quantifier(reader: Reader): Repeats {
  const found = /^(?:([*+?])|\{(\d{1,4})(,)?(\d{1,4})?\})\??/.exec(reader.source.slice(reader.at))
  if (found === null) return { least: 1, most: 1 }
  reader.at += found[0].length
  const [, sign, least, comma, most] = found
  if (sign === '?') return { least: 0, most: 1 }
  if (sign !== undefined) return { least: sign === '+' ? 1 : 0, most: Infinity }
  return { least: Number(least), most: comma === undefined ? Number(least) : Number(most ?? Infinity) }
}

function repeated(sample: Sample, { least }: Repeats): Sample {
  // a parameter that may be left out is the better sample where it is there
  const times = /[:*]/.test(sample.template) ? Math.max(1, least) : least
  return { path: sample.path.repeat(times), template: times === 0 ? '' : sample.template }
}

/** Of what may repeat, two characters: `X1`. */
function ofClass(reader: Reader, text: string): Sample {
  const member = new RegExp(`^${text}$`, reader.flags)
  const fitting = CANDIDATES.filter((character) => member.test(character))
  const { least, most } = quantifier(reader)
  if (most === 1 && least === 0) return NOTHING
  const path =
    most > 2 && least <= 2 ? fitting.slice(0, 2).join('') : (fitting[0] ?? '').repeat(Math.max(1, least))
  return { path, template: member.test('/') ? '*' : path }
}

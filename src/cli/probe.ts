import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { IfMatchError } from '../core/errors.js'
import { probe } from '../probe/probe.js'
import type { ProbeOptions } from '../probe/options.js'
import type { ProbePlan, ProbeProgress, Verdict } from '../probe/result.js'
import type { CommandIo } from './io.js'
import { planText, resultText } from './probe-text.js'

const HELP = `express-if-match probe <url> [options]

Finds out whether an API loses updates, whatever it is written in. It writes to
the resource at <url>, which must be one that may be changed, and puts back what
was there.

  -H, --header 'Name: value'   goes with every request; may be repeated
      --method <PUT>           how a write is sent: PUT, PATCH, POST
      --body <json>            of a write; {{n}} becomes a number of its own,
                               {{version}} the version that it is built on
      --field <name>           the member whose text is changed
      --version-field <name>   the member that carries the version
      --writers <20>           how many write at once
      --rounds <10>            how often they do
      --timeout <10000>        ms that an answer may take
      --json                   prints the result as JSON
      --yes                    does not ask before it writes

It ends with 0 where no update is lost (rules that are broken all the same are
told), 1 where updates are lost, and 2 where that could not be told.
`

const CODES: Readonly<Record<Verdict, number>> = { safe: 0, 'loses-updates': 1, unknown: 2 }

/** The command `probe`; answers its exit code. */
export async function run(args: readonly string[], io: CommandIo): Promise<number> {
  let given: Given
  try {
    given = read(args)
  } catch (error) {
    io.err(`${error instanceof Error ? error.message : String(error)}\n`)
    return 2
  }
  if (given.help) {
    io.out(HELP)
    return 0
  }
  const ending = new AbortController()
  // each time: a second Ctrl+C must not leave behind what the first one began to put back
  const end = (): void => {
    if (!ending.signal.aborted) io.err('\nEnding: what was there before is put back.\n')
    ending.abort()
  }
  process.on('SIGINT', end).on('SIGTERM', end)
  try {
    const result = await probe(given.url, {
      ...given.options,
      signal: ending.signal,
      confirm: (plan) => agreed(plan, given.yes, io),
      onProgress: progressLine(io),
    })
    io.out(given.json ? `${JSON.stringify(result, undefined, 2)}\n` : resultText(result))
    return CODES[result.verdict]
  } catch (error) {
    if (!(error instanceof IfMatchError)) throw error
    io.err(`${error.message}\n`)
    return 2
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end)
  }
}

interface Given {
  readonly url: string
  readonly options: ProbeOptions
  readonly json: boolean
  readonly yes: boolean
  readonly help: boolean
}

function read(args: readonly string[]): Given {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      header: { type: 'string', short: 'H', multiple: true },
      method: { type: 'string' },
      body: { type: 'string' },
      field: { type: 'string' },
      'version-field': { type: 'string' },
      writers: { type: 'string' },
      rounds: { type: 'string' },
      timeout: { type: 'string' },
      json: { type: 'boolean' },
      yes: { type: 'boolean', short: 'y' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const { method, body, field, writers, rounds, timeout, json = false, yes = false, help = false } = values
  const [url, ...more] = positionals
  if (!help && (url === undefined || more.length > 0))
    throw new Error(
      'Give one address: express-if-match probe http://localhost:3000/articles/1 (--help tells more)',
    )
  const versionField = values['version-field']
  const numbers = { writers, rounds, timeout }
  const options = {
    headers: headersOf(values.header ?? []),
    ...(method === undefined ? {} : { method: method.toUpperCase() as 'PUT' }),
    ...(body === undefined ? {} : { body }),
    ...(field === undefined ? {} : { field }),
    ...(versionField === undefined ? {} : { versionField }),
    ...Object.fromEntries(
      Object.entries(numbers).flatMap(([name, text]) => (text === undefined ? [] : [[name, Number(text)]])),
    ),
  }
  return { url: url ?? '', options, json, yes, help }
}

/** Lines of one name are one list (RFC 9110 §5.3); that of cookies is divided otherwise (RFC 6265 §5.4). */
function headersOf(lines: readonly string[]): Record<string, string> {
  const fields = new Map<string, [name: string, value: string]>()
  for (const [name, value] of lines.map(headerOf)) {
    const lower = name.toLowerCase()
    const [first, before] = fields.get(lower) ?? [name]
    const all = before === undefined ? value : `${before}${lower === 'cookie' ? '; ' : ', '}${value}`
    fields.set(lower, [first, all])
  }
  return Object.fromEntries(fields.values())
}

function headerOf(line: string): [name: string, value: string] {
  const colon = line.indexOf(':')
  if (colon < 1) throw new Error("-H takes a header as 'Name: value'")
  return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
}

async function agreed(plan: ProbePlan, yes: boolean, io: CommandIo): Promise<boolean> {
  io.err(planText(plan))
  if (yes) return true
  if (!process.stdin.isTTY) {
    io.err('Say --yes to agree: there is no terminal to ask at.\n')
    return false
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(?:es)?$/i.test((await terminal.question('Go on? (y/N) ')).trim())
  } finally {
    terminal.close()
  }
}

/** One line that is written over, where somebody watches. */
function progressLine(io: CommandIo): (progress: ProbeProgress) => void {
  if (!process.stderr.isTTY) return () => undefined
  return ({ step, done, of }) => io.err(`\r\x1b[K${step === 'restore' ? '' : `${step} ${done} of ${of} …`}`)
}

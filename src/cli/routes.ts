import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { readAccepted, sortFindings, writeAccepted, type Accepted } from '../audit/accepted.js'
import { auditRoutes } from '../audit/audit.js'
import { auditJson, auditText } from '../audit/report.js'
import { IfMatchError } from '../core/errors.js'
import type { CommandIo } from './io.js'
import { loadApp, LoadError } from './load-app.js'

const USAGE = `express-if-match routes <module> [options]

Looks for writes that nothing guards, and for guards that cannot do their work. Runs no handler.

  <module>          a file that exports an Express application as default or as app, or a function that makes it
  --export <name>   the export to take
  --accept <file>   findings that are listed there are accepted
  --write           writes what is found now into that file
  --json            the report as JSON
  --timeout <ms>    how long the module may take to load; 30000

Exit codes: 0 nothing found, 1 findings, 2 the application or the list could not be loaded.
`

const OPTIONS = {
  export: { type: 'string' },
  accept: { type: 'string' },
  write: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  timeout: { type: 'string', default: '30000' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/**
 * The command `routes`: loads an application, says what `auditRoutes` finds, and answers the exit code. The caller must
 * end the process with it: an application that listens or holds a connection would keep it alive.
 */
export async function run(args: readonly string[], io: CommandIo): Promise<number> {
  try {
    const { values, positionals } = parse(args)
    if (values.help) {
      io.out(USAGE)
      return 0
    }
    const [file] = positionals
    if (file === undefined || positionals.length > 1) throw new LoadError(`Name one module.\n\n${USAGE}`)
    if (values.write && values.accept === undefined) throw new LoadError('--write needs --accept <file>.')
    const timeout = Number(values.timeout)
    if (!(timeout > 0)) throw new LoadError(`--timeout is ${values.timeout}: give milliseconds above 0.`)
    const list = values.accept === undefined ? undefined : resolve(io.cwd, values.accept)
    const before = list === undefined ? [] : listIn(list, values.write)

    const options = { cwd: io.cwd, exported: values.export, timeout }
    const app = await quietly(io, () => Promise.race([uncaught(file), loadApp(file, options)]))
    const audit = auditRoutes(app)
    if (list !== undefined && values.write) {
      writeFileSync(list, writeAccepted(audit.findings, before))
      io.err(`${audit.findings.length} accepted in ${list}. Say why in each "reason".\n`)
    }
    const sorted = sortFindings(audit.findings, values.write ? audit.findings : before)
    io.out(values.json ? auditJson(audit, sorted) : auditText(audit, sorted, io.cwd))
    return sorted.open.length > 0 ? 1 : 0
  } catch (error) {
    if (!(error instanceof LoadError || error instanceof IfMatchError)) throw error
    io.err(`${error.message}\n`)
    return 2
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    throw new LoadError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
  }
}

function listIn(file: string, mayBeNew: boolean): Accepted[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (mayBeNew && (error as { code?: unknown }).code === 'ENOENT') return []
    throw new LoadError(
      `The list of accepted findings cannot be read: ${error instanceof Error ? error.message : String(error)}. With --write it is made.`,
    )
  }
  return readAccepted(text, file)
}

/**
 * Rejects with what the application throws where nobody catches it: its port is taken, its database is away. Node would
 * end the process with 1, which is for findings. What comes after the loading changes nothing of what is mounted.
 */
function uncaught(file: string): Promise<never> {
  return new Promise((_, reject) => {
    process.on('uncaughtException', (error: unknown) => {
      // one that listens itself lives on after it, as without this
      if (process.listenerCount('uncaughtException') > 1) return
      const told = error instanceof Error ? (error.stack ?? error.message) : String(error)
      reject(new LoadError(`${file} threw where nothing catches it: ${told}`))
    })
  })
}

/** What the application prints while it loads is no part of the report: to the standard error with it. */
async function quietly<T>(io: CommandIo, step: () => Promise<T>): Promise<T> {
  const { stdout } = process
  const own = Object.getOwnPropertyDescriptor(stdout, 'write')
  stdout.write = (chunk: unknown) => {
    io.err(typeof chunk === 'string' ? chunk : String(chunk))
    return true
  }
  try {
    return await step()
  } finally {
    if (own === undefined) Reflect.deleteProperty(stdout, 'write')
    else Object.defineProperty(stdout, 'write', own)
  }
}

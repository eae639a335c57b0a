#!/usr/bin/env node
import { createRequire } from 'node:module'
import type { CommandIo } from './io.js'

interface Command {
  run(args: readonly string[], io: CommandIo): Promise<number>
}

/** Loaded only when it is asked for. */
const COMMANDS: Readonly<Record<string, { readonly does: string; readonly load: () => Promise<Command> }>> = {
  probe: {
    does: 'finds out whether a running API loses updates',
    load: () => import('./probe.js'),
  },
  routes: {
    does: 'finds the writes of an application that nothing guards',
    load: () => import('./routes.js'),
  },
}

const HELP = `express-if-match <command>

${Object.entries(COMMANDS)
  .map(([name, { does }]) => `  ${name.padEnd(8)} ${does}`)
  .join('\n')}

express-if-match <command> --help tells more.
`

async function main([name, ...args]: readonly string[], io: CommandIo): Promise<number> {
  if (name === '--version' || name === '-v') {
    const { version } = createRequire(import.meta.url)('express-if-match/package.json') as { version: string }
    io.out(`${version}\n`)
    return 0
  }
  if (name === undefined || name === '--help' || name === '-h') {
    io.out(HELP)
    return name === undefined ? 2 : 0
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined) {
    io.err(`There is no command ${JSON.stringify(name)}.\n\n${HELP}`)
    return 2
  }
  return (await command.load()).run(args, io)
}

const io: CommandIo = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  cwd: process.cwd(),
}
let ended = false
// an application may end the process that loads it, and 0 and 1 are for what was found
process.once('exit', (code) => {
  if (ended) return
  io.err(
    `The process was ended with ${code} before there was a result: by the application, where one was being loaded.\n`,
  )
  process.exitCode = 2
})
// what goes into a pipe is written later: only then may the process end, whatever a command has left open
void main(process.argv.slice(2), io)
  // 1 says that something was found; what went wrong on the way says nothing of the API
  .catch((error: unknown) => {
    io.err(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    return 2
  })
  .then((code) => {
    process.stdout.write('', () =>
      process.stderr.write('', () => {
        ended = true
        process.exit(code)
      }),
    )
  })

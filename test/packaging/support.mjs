import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A folder of its own, gone when the process ends. */
export function temporaryFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `express-if-match-${name}-`))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** What a shell of its own would have: nothing that `npm run` or a test runner put there. */
export function cleanEnvironment() {
  const ours =
    /^(npm_(package|lifecycle)_|npm_config_local_prefix$|npm_command$|INIT_CWD$|NODE_OPTIONS$|VITEST)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)))
}

const failures = []

/** Runs a command; prints one line if it passes, everything it said if it fails. Returns whether it passed. */
export function check(title, command, args, { cwd = root, env = cleanEnvironment() } = {}) {
  const started = Date.now()
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: 'utf8' })
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  const passed = status === 0
  console.log(`${passed ? 'ok  ' : 'FAIL'} ${title} (${seconds} s)`)
  if (!passed) {
    failures.push(title)
    console.log([`$ ${command} ${args.join(' ')}`, stdout, stderr, error?.message ?? ''].join('\n').trimEnd())
  }
  return passed
}

/** Like check, for a step without which the rest makes no sense. */
export function must(title, command, args, options) {
  if (!check(title, command, args, options)) finish()
}

export function fail(title, reason) {
  failures.push(title)
  console.log(`FAIL ${title}\n${reason}`)
}

/** Ends the process, with the failures named once more. */
export function finish() {
  console.log(failures.length === 0 ? 'packaging: all passed' : `packaging: failed: ${failures.join('; ')}`)
  process.exit(failures.length === 0 ? 0 : 1)
}

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { tableOf, type Row } from './rows.js'

const HEAD = `# What it costs, measured

Written by \`npm run bench\`; do not edit. Every ratio is of two things that ran alternately in one run, over the
median of its rounds, with the quartiles behind it. A/A is the baseline against itself: a ratio that differs from 1
by no more says nothing. "CPU" is user and system time of the server's process per request, its garbage
collector's threads included; the load comes from another process.
`

const PACKAGES = ['express', 'pg', 'mysql2', 'ioredis', 'better-sqlite3']

/** `left`: the sections that were not measured in this run. */
export async function writeResults(rows: readonly Row[], left: readonly string[]): Promise<void> {
  const file = new URL('RESULTS.md', import.meta.url)
  const [cpu] = cpus()
  const about = [
    `- Date: ${new Date().toISOString().slice(0, 10)}`,
    `- Machine: ${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    `- Node ${process.versions.node} (V8 ${process.versions.v8}), ${process.platform}-${process.arch}`,
    `- ${PACKAGES.map((name) => `${name} ${versionOf(name)}`).join(', ')}`,
    ...(await servers()).map((line) => `- ${line}`),
  ]
  if (left.length > 0)
    about.push(`- Not measured in this run: ${left.map((name) => `\`${name}\``).join(', ')}`)
  const text = `${HEAD}\n${about.join('\n')}\n\n${tableOf(rows)}\n`
  // as the formatter of this repository has it
  const { format } = await import('prettier')
  writeFileSync(file, await format(text, { parser: 'markdown', proseWrap: 'preserve' }))
}

function versionOf(name: string): string {
  try {
    const text = readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8')
    return (JSON.parse(text) as { version: string }).version
  } catch {
    return '(not installed)'
  }
}

function servers(): Promise<readonly string[]> {
  const asked: readonly [string, readonly string[]][] = [
    ['psql', ['--version']],
    ['mariadb', ['--version']],
    ['redis-server', ['--version']],
  ]
  return Promise.resolve(
    asked.flatMap(([command, args]) => {
      try {
        return [execFileSync(command, args, { encoding: 'utf8' }).trim()]
      } catch {
        return []
      }
    }),
  )
}

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { cellsOf, tableOf, type Row } from './rows.js'

const HEAD = `# What it costs, measured

Written by \`npm run bench\`; do not edit. Every ratio is of two things that ran alternately in one run, over the
median of its rounds, with the quartiles behind it. A/A is the baseline against itself: a ratio that differs from 1
by no more says nothing. "CPU" is user and system time of the server's process per request, its garbage
collector's threads included; the load comes from another process. While a program waits for its turn it keeps its heap
and its compiled code (\`--no-memory-reducer --no-flush-bytecode\`), as a server under load does.
`

const PACKAGES = ['express', 'pg', 'mysql2', 'ioredis', 'better-sqlite3']

const FILE = new URL('RESULTS.md', import.meta.url)
const AGAIN = '- Measured again since: '

export async function writeResults(rows: readonly Row[]): Promise<void> {
  const [cpu] = cpus()
  const about = [
    `- Date: ${new Date().toISOString().slice(0, 10)}`,
    `- Machine: ${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    `- Node ${process.versions.node} (V8 ${process.versions.v8}), ${process.platform}-${process.arch}`,
    `- ${PACKAGES.map((name) => `${name} ${versionOf(name)}`).join(', ')}`,
    ...(await servers()).map((line) => `- ${line}`),
  ]
  await write(`${HEAD}\n${about.join('\n')}\n\n${tableOf(rows)}\n`)
}

/** Puts the rows of these sections in the places of the older ones, and says so. */
export async function amendResults(rows: readonly Row[], sections: readonly string[]): Promise<void> {
  const lines = readFileSync(FILE, 'utf8').trimEnd().split('\n')
  for (const row of rows) {
    const [what, against, of] = cellsOf(row)
    const named = (line: string) => line.split('|').map((cell) => cell.trim())
    const alike = lines.flatMap((line, at) => {
      const [, itsWhat, itsAgainst, itsOf] = named(line)
      return itsWhat === what && itsOf === of ? [{ at, same: itsAgainst === against }] : []
    })
    const place = (alike.find(({ same }) => same) ?? alike[0])?.at ?? lines.length
    lines[place] = `| ${cellsOf(row).join(' | ')} |`
  }
  const again = `${new Date().toISOString().slice(0, 10)} ${sections.map((name) => `\`${name}\``).join(', ')}`
  const before = lines.findIndex((line) => line.startsWith(AGAIN))
  if (before >= 0) lines[before] = `${lines[before] ?? ''}; ${again}`
  else lines.splice(lines.findLastIndex((line) => line.startsWith('- ')) + 1, 0, AGAIN + again)
  await write(lines.join('\n'))
}

/** As the formatter of this repository has it. */
async function write(text: string): Promise<void> {
  const { format } = await import('prettier')
  writeFileSync(FILE, await format(text, { parser: 'markdown', proseWrap: 'preserve' }))
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

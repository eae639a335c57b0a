import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundledKb } from '../package/bundle.js'
import { installedBy } from '../package/installed.js'
import { compare, spread, type Side } from '../pairs.js'
import { short, type Row } from '../rows.js'

const ROUNDS = 12
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const IMPORT_ONCE = fileURLToPath(new URL('../package/import-once.mjs', import.meta.url))

/** What it costs to install the package, to import it, and to send its client to a browser. */
export async function imports(): Promise<readonly Row[]> {
  return [...(await importing()), ...(await bundles()), installed()]
}

async function importing(): Promise<readonly Row[]> {
  const times = new Map<string, number[]>()
  const side =
    (name: string): Side =>
    () => {
      const printed = execFileSync(process.execPath, [IMPORT_ONCE, name], { cwd: ROOT, encoding: 'utf8' })
      const { cpu, ms } = JSON.parse(printed) as { cpu: number; ms: number }
      times.set(name, [...(times.get(name) ?? []), ms])
      return Promise.resolve(cpu / 1000)
    }
  const names = ['express-if-match', 'express-if-match/client', 'zod'] as const
  const { sides, control, baseline } = await compare(
    side('express'),
    Object.fromEntries(names.map((name) => [name, side(name)])) as Record<(typeof names)[number], Side>,
    ROUNDS,
  )
  const ms = (name: string) => `${short(spread(times.get(name) ?? []).median)} ms`
  return names.map((name) => ({
    what: `\`import '${name}'\`${name === 'zod' ? ', which is part of the first' : ''}`,
    against: "`import 'express'`",
    of: 'CPU, in a fresh process',
    goal: { none: true },
    seen: sides[name].ratio,
    control,
    figures: `${short(sides[name].side.median)} ms of CPU (${ms(name)}) against ${short(baseline.median)} (${ms('express')})`,
  }))
}

async function bundles(): Promise<readonly Row[]> {
  const [server, client] = ['dist/esm/index.js', 'dist/esm/client/index.js'].map((file) =>
    path.join(ROOT, file),
  ) as [string, string]
  const sizes: readonly [string, number][] = [
    [
      'the package, without what it depends on',
      await bundledKb(server, { platform: 'node', dependencies: false }),
    ],
    ['the package, with that', await bundledKb(server, { platform: 'node', dependencies: true })],
    [
      'the client, with what it depends on',
      await bundledKb(client, { platform: 'browser', dependencies: true }),
    ],
  ]
  return sizes.map(([what, kb]) => figure(what, 'KB, minified and gzipped', kb, ''))
}

function installed(): Row {
  const ours = installedBy(ROOT)
  const express = installedBy(path.join(ROOT, 'node_modules/express'))
  const more = [...ours].filter((folder) => !express.has(folder)).map((folder) => packageName(folder))
  return figure(
    '`npm install express-if-match`',
    'packages that Express does not bring',
    more.length,
    more.join(', '),
  )
}

function packageName(folder: string): string {
  return folder.slice(folder.lastIndexOf(`node_modules${path.sep}`) + 'node_modules/'.length)
}

function figure(what: string, of: string, value: number, figures: string): Row {
  return { what, against: '', of, goal: { none: true }, seen: spread([value]), figures }
}

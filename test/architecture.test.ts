import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

const SRC = path.resolve(import.meta.dirname, '../src')
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const source = (file: string) => readFileSync(path.join(SRC, file), 'utf8')

/** What each room may import from, besides itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  core: [],
  claims: ['core'],
  stores: ['core'],
  testing: ['core'],
  client: ['core'],
  // hears the events of express by their channels, and knows their types
  observe: ['core', 'express/events.ts', 'express/express-types.ts'],
  express: ['core', 'claims', 'stores/memory.ts'],
  audit: ['core', 'express'],
  probe: ['core'],
  cli: ['core', 'audit', 'probe'],
  'index.ts': ['core', 'express', 'stores/memory.ts'],
}

function imports(file: string): string[] {
  return [...source(file).matchAll(/(?:from|import)\s+'([^']+)'/g)].map(([, specifier]) => specifier ?? '')
}

function target(file: string, specifier: string): string {
  return path.posix.join(path.posix.dirname(file), specifier).replace(/\.js$/, '.ts')
}

describe('the layout', () => {
  it('has files', () => {
    expect(files.length).toBeGreaterThan(40)
  })

  it.each(files)('%s imports in one direction only', (file) => {
    const room = file.split('/')[0] ?? ''
    for (const specifier of imports(file).filter((one) => one.startsWith('.'))) {
      const to = target(file, specifier)
      const fine =
        to.startsWith(`${room}/`) ||
        (ALLOWED[room] ?? []).some((allowed) => to === allowed || to.startsWith(`${allowed}/`))
      expect(fine, `${file} imports ${to}`).toBe(true)
    }
  })

  it('core is pure: no node, no packages, no clock, no randomness', () => {
    for (const file of files.filter((one) => one.startsWith('core/'))) {
      expect(
        imports(file).filter((one) => !one.startsWith('.')),
        file,
      ).toEqual([])
      const code = source(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
      expect(code, file).not.toMatch(
        /Math\.random|Date\.now|new Date\(\)|performance\.|process\.|setTimeout|crypto/,
      )
    }
  })

  it('stores know neither each other nor express, but what all SQL has in common', () => {
    for (const file of files.filter((one) => one.startsWith('stores/'))) {
      const own = (file.split('/')[1] ?? '').replace('.ts', '')
      for (const specifier of imports(file)) {
        if (!specifier.startsWith('.')) expect(specifier, file).toMatch(/^node:/)
        const to = target(file, specifier)
        if (to.startsWith('stores/')) expect(to, file).toMatch(new RegExp(`^stores/(sql/|${own}(/|\\.ts))`))
      }
    }
  })

  it('the client runs in a browser: no node, one package, and of core only what the compiler needs', () => {
    for (const file of files.filter((one) => one.startsWith('client/'))) {
      for (const [statement, kind, specifier] of source(file).matchAll(
        /^(import type|import|export type|export) [^;]*? from '([^']+)'/gms,
      )) {
        if (specifier?.startsWith('./')) continue
        if (specifier?.startsWith('../core/')) expect(kind, statement).toBe('import type')
        else expect(specifier, statement).toBe('@lifeomic/attempt')
      }
      const code = source(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
      expect(code, file).not.toMatch(/\bprocess\.|\bBuffer\b|\brequire\(|node:/)
    }
  })

  it('has no barrel, and no file that nobody wants to open', () => {
    const lengths = files.map((file) => source(file).split('\n').length - 1).sort((a, b) => a - b)
    for (const file of files) {
      expect(source(file).includes('export *'), file).toBe(false)
      expect(source(file).split('\n').length, file).toBeLessThanOrEqual(251)
    }
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(100)
  })
})

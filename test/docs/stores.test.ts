import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { afterAll, describe, expect, it } from 'vitest'

const ROOT = path.resolve(import.meta.dirname, '../..')
const FOLDER = path.join(ROOT, 'test/docs/.stores')
const ORMS = 'examples/orms'
const text = (file: string) => readFileSync(path.join(ROOT, file), 'utf8')

const page = text('docs/stores.md')
const compiled = [...page.matchAll(/<!-- compile -->\s+```ts\n([\s\S]*?)```/g)].map(([, code]) => code ?? '')
const shown = [...page.matchAll(/<!-- from: (\S+) -->\s+```\w+\n([\s\S]*?)```/g)].map(
  ([, file, code]) => [file ?? '', code ?? ''] as const,
)

afterAll(() => {
  rmSync(FOLDER, { recursive: true, force: true })
})

/** The lines, each with as much less in front as the least indented of them has. */
function outdented(lines: readonly string[]): string {
  const depth = Math.min(...lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)))
  return lines.map((line) => line.slice(depth)).join('\n')
}

/** Whether the code is a run of whole lines of the file, which may stand further in there. */
function standsIn(file: string, code: string): boolean {
  const wanted = code.trimEnd().split('\n')
  const lines = text(file).split('\n')
  return lines.some((_, at) => outdented(lines.slice(at, at + wanted.length)) === outdented(wanted))
}

describe('docs/stores.md', () => {
  it('has code blocks that compile, or that stand in a file which the tests run', () => {
    expect(page.match(/```(?:ts|prisma)\n/g)).toHaveLength(compiled.length + shown.length)
  })

  it('shows the examples of the ORMs as they are', () => {
    const changed = shown.filter(([file, code]) => !standsIn(file, code))
    expect(changed).toEqual([])
  })

  it('shows each of them', () => {
    const files = readdirSync(path.join(ROOT, ORMS)).filter((file) => file.endsWith('.ts'))
    expect(new Set(shown.map(([file]) => file).filter((file) => file.endsWith('.ts')))).toEqual(
      new Set(files.map((file) => `${ORMS}/${file}`)),
    )
  })

  it('has blocks that compile', () => {
    mkdirSync(FOLDER, { recursive: true })
    const files = compiled.map((code, index) => {
      const file = path.join(FOLDER, `block-${index}.ts`)
      writeFileSync(file, code)
      return file
    })
    const config = ts.getParsedCommandLineOfConfigFile(
      path.join(ROOT, 'tsconfig.json'),
      {},
      { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} },
    )
    const found = ts.getPreEmitDiagnostics(ts.createProgram(files, { ...config?.options, noEmit: true }))
    const told = found.map((one) => {
      const line = one.file?.getLineAndCharacterOfPosition(one.start ?? 0).line ?? 0
      return `${path.basename(one.file?.fileName ?? '')}:${line + 1} ${ts.flattenDiagnosticMessageText(one.messageText, ' ')}`
    })
    expect(told).toEqual([])
  }, 120_000)
})

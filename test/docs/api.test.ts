import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { afterAll, describe, expect, it } from 'vitest'
import * as root from '../../src/index.js'
import * as audit from '../../src/audit/index.js'
import * as axios from '../../src/client/axios.js'
import * as client from '../../src/client/index.js'
import * as tanstack from '../../src/client/tanstack-query.js'
import * as core from '../../src/core/index.js'
import * as dynamodb from '../../src/stores/dynamodb.js'
import * as mysql from '../../src/stores/mysql.js'
import * as observe from '../../src/observe/index.js'
import * as probe from '../../src/probe/index.js'
import * as postgres from '../../src/stores/postgres.js'
import * as redis from '../../src/stores/redis.js'
import * as sqlite from '../../src/stores/sqlite.js'
import * as testing from '../../src/testing/index.js'

const ROOT = path.resolve(import.meta.dirname, '../..')
const FOLDER = path.join(ROOT, 'test/docs/.api')
const pages = ['docs/api.md', 'docs/client.md'].map((file) => readFileSync(path.join(ROOT, file), 'utf8'))
const text = pages.join('\n')
const blocks = [...text.matchAll(/<!-- compile -->\s+```ts\n([\s\S]*?)```/g)].map(([, code]) => code ?? '')

afterAll(() => {
  rmSync(FOLDER, { recursive: true, force: true })
})

describe('the examples of the public names', () => {
  it('compile', () => {
    mkdirSync(FOLDER, { recursive: true })
    const files = blocks.map((code, index) => {
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
    const shown = found.map((one) => {
      const line = one.file?.getLineAndCharacterOfPosition(one.start ?? 0).line ?? 0
      return `${path.basename(one.file?.fileName ?? '')}:${line + 1} ${ts.flattenDiagnosticMessageText(one.messageText, ' ')}`
    })
    expect(shown).toEqual([])
  }, 120_000)

  it.each(
    Object.entries({
      root,
      core,
      audit,
      client,
      axios,
      tanstack,
      sqlite,
      postgres,
      mysql,
      redis,
      dynamodb,
      observe,
      probe,
      testing,
    }),
  )('leave no exported value of %s out', (_name, exports) => {
    const code = blocks.join('\n')
    for (const name of Object.keys(exports)) expect(code, name).toMatch(new RegExp(`\\b${name}\\b[(,. ]`))
  })
})

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ledgerCount, ledgerVersion } from '../../src/core/ledger.js'
import { memoryLedger, type MemoryLedger } from '../../src/stores/memory.js'
import { write } from './memory-ledger-support.js'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

describe('epoch', () => {
  it('differs from run to run, so that no version of another run is ever current', () => {
    const epochs = Array.from({ length: 100 }, () => memoryLedger().epoch)
    expect(new Set(epochs).size).toBe(100)
    for (const epoch of epochs) expect(epoch).toMatch(/^[0-9a-z]{10}$/)
    const [one = '', other = ''] = epochs
    expect(ledgerCount(other, ledgerVersion(one, 1))).toBe('foreign')
    expect(ledgerCount(one, ledgerVersion(one, 1))).toBe(1)
  })

  it('can be given', () => {
    expect(memoryLedger({ epoch: 'run7' }).epoch).toBe('run7')
  })
})

describe('options', () => {
  it.each([
    [{ maxEntries: 0 }, 'ERR_OPTION_INVALID', /maxEntries: 0 .*at least 1/],
    [{ maxEntries: 1.5 }, 'ERR_OPTION_INVALID', /maxEntries: 1\.5/],
    [{ maxEntries: Infinity }, 'ERR_OPTION_INVALID', /maxEntries: Infinity/],
    [{ maxEntries: '10' }, 'ERR_OPTION_INVALID', /maxEntries: "10"/],
    [{ clock: null }, 'ERR_OPTION_INVALID', /clock: null .*now\(\)/],
    [{ clock: Date }, undefined, undefined],
    [{ clock: {} }, 'ERR_OPTION_INVALID', /clock: an object/],
    [{ epoch: '' }, 'ERR_OPTION_INVALID', /epoch: ""/],
    [{ epoch: 'Run-7' }, 'ERR_OPTION_INVALID', /epoch: "Run-7"/],
    [{ epoch: 7 }, 'ERR_OPTION_INVALID', /epoch: 7/],
    [{ max: 10 }, 'ERR_OPTION_UNKNOWN', /max: 10 .*maxEntries, clock, epoch/],
    [1000, 'ERR_OPTION_INVALID', /memoryLedger options: 1000/],
    [null, 'ERR_OPTION_INVALID', /memoryLedger options: null/],
    [[], 'ERR_OPTION_INVALID', /memoryLedger options: an array/],
  ])('%j: %s', (options, code, message) => {
    const make = (): MemoryLedger => memoryLedger(options as never)
    if (code === undefined) expect(make).not.toThrow()
    else expect(make).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }))
  })
})

describe('where it is not shared', () => {
  it('is silent in an ordinary process', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    memoryLedger()
    expect(warn).not.toHaveBeenCalled()
  })

  it('warns once on Lambda, and says what to use instead', () => {
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'articles')
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const ledger = memoryLedger()
    write(ledger, 'a')
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('AWS Lambda'), {
      type: 'IfMatchWarning',
      code: 'MEMORY_LEDGER_NOT_SHARED',
      detail: expect.stringContaining('sqliteLedger'),
    })
  })

  it('warns once in a cluster worker', () => {
    const child = fileURLToPath(new URL('./memory-cluster-child.ts', import.meta.url))
    const printed = execFileSync(process.execPath, ['--no-warnings', '--import', 'tsx', child], {
      encoding: 'utf8',
    })
    expect(printed.trim().split('\n')).toEqual([
      expect.stringMatching(/^MEMORY_LEDGER_NOT_SHARED: .*a cluster worker/),
    ])
  })
})

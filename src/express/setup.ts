import { claimsOver, type Claims } from '../claims/claims.js'
import type { Clock } from '../core/clock.js'
import type { IfMatchError } from '../core/errors.js'
import type { TagReading } from '../core/expectation.js'
import { ledgerCount, type Ledger, type MaybePromise } from '../core/ledger.js'
import type { Table } from '../core/table.js'
import { memoryLedger } from '../stores/memory.js'
import type { ExpressRequest, ExpressResponse, Next } from './express-types.js'
import { keyReader, type KeyReader } from './key.js'
import type { AnyOptions, ClaimOptions, CurrentOptions, ModeOption, TableOptions } from './options.js'
import { systemClock } from './system-clock.js'
import { turnsBy, type Turns } from './turns.js'
import { validateOptions } from './validate-options.js'
import { waitingLines, type WaitingLines } from './waiting-line.js'

export interface LedgerWay {
  readonly kind: 'ledger'
  readonly ledger: Ledger
}

export interface TableWay {
  readonly kind: 'table'
  readonly table: Table<unknown>
  readonly represent: ((row: unknown) => unknown) | undefined
}

export interface CurrentWay {
  readonly kind: 'current'
  readonly current: CurrentOptions<unknown>['current']
  readonly version: CurrentOptions<Record<string, unknown>>['version']
  readonly stale: CurrentOptions<unknown>['stale']
  readonly represent: ((row: unknown) => unknown) | undefined
}

export type Way = LedgerWay | TableWay | CurrentWay

/** The options of one `ifMatch()`, checked, with every default in its place. */
export interface Setup {
  readonly way: Way
  /** undefined for a table, which claims nothing */
  readonly claims: Claims | undefined
  readonly ledger: Ledger | undefined
  readonly key: KeyReader
  readonly required: boolean | undefined
  readonly bodyVersion: string | false
  readonly status: 409 | 412 | 'auto'
  readonly mode: ModeOption
  /** of one request, where `mode` is a function: see request-mode.ts */
  readonly observing: boolean
  readonly authorize: ((req: ExpressRequest) => MaybePromise<boolean>) | undefined
  readonly reveal: 'nothing' | 'version' | 'representation'
  readonly weakTags: 'reject' | 'accept'
  readonly reading: TagReading
  readonly claim: Required<Omit<ClaimOptions, 'remaining'>> & Pick<ClaimOptions, 'remaining'>
  readonly respond:
    | 'problem'
    | 'next'
    | ((error: IfMatchError, req: ExpressRequest, res: ExpressResponse, next: Next) => unknown)
  readonly moves: ((req: ExpressRequest) => readonly string[]) | undefined
  readonly clock: Clock
  /** who lost comes again when told to, or waits for its answer until then */
  readonly turns: Turns
  readonly lines: WaitingLines
}

export function setupOf(options: AnyOptions): Setup {
  validateOptions(options)
  const clock = options.clock ?? systemClock
  const ledger = options.table === undefined ? (options.ledger ?? memoryLedger()) : undefined
  const way = wayOf(options, ledger)
  const claim = { ...CLAIM, ...given(options.claim) }
  const { weakTags = 'reject' } = options
  const lines = waitingLines(clock)
  const represents = way.kind !== 'ledger' && way.represent !== undefined
  return {
    way,
    ledger,
    claims:
      ledger === undefined ? undefined : claimsOver(ledger, clock, Math.max(claim.wait, LEAST_PATIENCE)),
    key: keyReader(options.key, options.params),
    required: options.required,
    bodyVersion: options.bodyVersion ?? versionMember(way),
    status: options.status ?? 409,
    ...withMode(options.mode ?? 'enforce'),
    authorize: options.authorize as Setup['authorize'],
    reveal: options.reveal ?? (represents ? 'representation' : 'nothing'),
    weakTags,
    reading: { weakTags, isOurs: ours(way) },
    claim,
    respond: (options.respond as Setup['respond'] | undefined) ?? 'problem',
    moves: options.moves as Setup['moves'],
    clock,
    turns: turnsBy(clock, lines),
    lines,
  }
}

/** A function decides later. */
export function withMode(mode: ModeOption): Pick<Setup, 'mode' | 'observing'> {
  return { mode, observing: mode === 'observe' }
}

/** ms */
const CLAIM = { lease: 30_000, wait: 2_000, max: 300_000, body: 5_000 }

/** A member that is undefined is one that was not given. */
function given<Options extends object>(options: Options | undefined): Partial<Options> {
  const members = Object.entries(options ?? {}).filter(([, value]) => value !== undefined)
  return Object.fromEntries(members) as Partial<Options>
}

/** ms: a store that must answer within no time at all would never be asked */
const LEAST_PATIENCE = 1_000

function wayOf(options: AnyOptions, ledger: Ledger | undefined): Way {
  if (options.table !== undefined || ledger === undefined) {
    const { table, represent } = options as TableOptions<unknown>
    return { kind: 'table', table, represent }
  }
  if (options.current !== undefined) {
    // a row has members; which, only its version option knows
    const { current, version, stale, represent } = options as CurrentOptions<Record<string, unknown>>
    return { kind: 'current', current, version, stale, represent: represent as CurrentWay['represent'] }
  }
  return { kind: 'ledger', ledger }
}

/** Which texts this way gives out as versions. */
function ours(way: Way): TagReading['isOurs'] {
  if (way.kind === 'table') return (version) => way.table.isVersion(version)
  if (way.kind === 'current') return () => true
  return (version) => ledgerCount(way.ledger.epoch, version) !== undefined
}

/** Where clients of this way are used to find the version in a body. */
function versionMember(way: Way): string | false {
  if (way.kind === 'table') return way.table.versionColumn
  return way.kind === 'current' && typeof way.version === 'string' ? way.version : false
}

import { judge, type Expectation, type State } from '../../core/expectation.js'
import { IfMatchError, show } from '../../core/errors.js'
import type { Demand } from '../demand.js'
import { refusal } from '../refusal.js'
import { failedDemand } from '../refused.js'
import type { CurrentWay } from '../setup.js'
import type { CurrentWrite, SqlPredicate } from '../write-handle.js'
import { baseHandle } from './base-handle.js'
import { ABORTED, claimAll, type ClaimRequest } from './claim-set.js'
import { inRowTerms, rowModified, rowVersion } from './row-version.js'
import { answerOf } from './settled.js'
import { outcomeOf, type Remarks, type WriteSession } from './session.js'

interface Found {
  readonly row: unknown
  readonly state: State
}

/** ms: a Last-Modified that is younger may hide a second change in the same second (RFC 9110 §8.8.2.2) */
const STRONG_DATE_AGE = 1_000

/** A write under a claim, whose version is looked up under that claim by the application's own means. */
export async function currentSession(
  request: ClaimRequest,
  way: CurrentWay,
  demand: Demand,
): Promise<WriteSession | typeof ABORTED> {
  const { setup, req, key } = request
  const claims = await claimAll({ ...request, expectation: { kind: 'unconditional' } })
  if (claims === ABORTED) return ABORTED
  const { own } = claims
  const look = async () => foundRow(way, await way.current(req))
  let found: Found
  let expectation: Expectation
  try {
    found = await look()
    if (demand.dated && setup.required === true) requireOldDate(found.state, setup.clock.date())
    expectation = inRowTerms(demand.expectation, found.state.modified)
    const verdict = judge(expectation, found.state)
    if (!verdict.pass)
      throw failedDemand(setup, verdict, {
        key: key.key,
        expectation,
        version: found.state.version,
        row: found.row,
      })
  } catch (error) {
    await claims.settle({ kind: 'unwritten' })
    throw error
  }

  const remarks: Remarks = { unchanged: false, wrote: false }
  const handle: CurrentWrite<Record<string, unknown>> = Object.defineProperties(
    {
      ...baseHandle(key.key, expectation, remarks),
      current: found.row as Record<string, unknown> | undefined,
      where: (form?: 'sql', placeholder?: (position: number) => string) =>
        form === 'sql'
          ? sqlWhere(way, expectation, found.row, placeholder)
          : ormWhere(way, expectation, found.row),
      async missed(): Promise<never> {
        const now = await look()
        const verdict = judge(expectation, now.state)
        const standing = { key: key.key, expectation, version: now.state.version, row: now.row, raced: true }
        if (!verdict.pass) throw failedDemand(setup, verdict, standing)
        if (now.state.existence !== 'present') throw refusal('not-found', { resource: key.key })
        throw failedDemand(
          setup,
          { pass: false, code: 'version-conflict', reason: 'stale', source: 'if-match' },
          standing,
        )
      },
    } as CurrentWrite<Record<string, unknown>>,
    {
      signal: { get: () => own.signal, enumerable: true },
      fence: { get: () => own.record.fence, enumerable: true },
    },
  )

  return {
    handle: handle as CurrentWrite<unknown>,
    nextVersion: () => undefined,
    versionOfAnswer: (body) => answeredVersion(way, body, found.state.version),
    async settle(status) {
      const outcome = outcomeOf(status, remarks, req.method, key)
      const ending = await claims.settle(outcome)
      return answerOf(
        key.key,
        outcome,
        ending,
        outcome.kind === 'unwritten' ? found.state.version : undefined,
      )
    },
    async abandon() {
      await Promise.all([own.abandon(), claims.settle({ kind: 'unknown' })])
    },
  }
}

function foundRow(way: CurrentWay, row: unknown): Found {
  if (row === undefined || row === null)
    return { row: undefined, state: { version: '', existence: 'deleted' } }
  const modified = rowModified(way, row)
  return {
    row,
    state: {
      version: rowVersion(way, row),
      existence: 'present',
      ...(modified === undefined ? {} : { modified }),
    },
  }
}

/** If-Unmodified-Since alone counts as a precondition only where it can tell two states apart. */
function requireOldDate({ modified }: State, now: number): void {
  if (modified === undefined || now - modified < STRONG_DATE_AGE) throw refusal('precondition-required')
}

/**
 * The version that the answered row has, where the handler answers with the row as it wrote it. One that still
 * shows the version from before is an echo of the request, and says nothing of the new state.
 */
function answeredVersion(way: CurrentWay, body: unknown, before: string): string | undefined {
  if (
    typeof way.version !== 'string' ||
    typeof body !== 'object' ||
    body === null ||
    !Object.hasOwn(body, way.version)
  )
    return undefined
  try {
    const version = rowVersion(way, body)
    return version === before ? undefined : version
  } catch {
    return undefined
  }
}

function isVersioned({ kind }: Expectation): boolean {
  return kind !== 'unconditional' && kind !== 'exists' && kind !== 'absent'
}

/** The version that was judged under the claim: the client's own, in the type that the row has. */
function versionMember(way: CurrentWay): string {
  if (typeof way.version === 'string') return way.version
  throw new IfMatchError(
    'ERR_WRITE_UNSUPPORTED',
    `write.where: the version is ${show(way.version)}, no member of the row, so no predicate can name it. Give version: 'column' (ERR_WRITE_UNSUPPORTED, see docs/errors.md)`,
  )
}

function ormWhere(way: CurrentWay, expectation: Expectation, row: unknown): Record<string, unknown> {
  if (!isVersioned(expectation) || row === undefined) return {}
  const member = versionMember(way)
  return { [member]: (row as Record<string, unknown>)[member] }
}

function sqlWhere(
  way: CurrentWay,
  expectation: Expectation,
  row: unknown,
  placeholder: (position: number) => string = () => '?',
): SqlPredicate {
  const [entry] = Object.entries(ormWhere(way, expectation, row))
  if (entry === undefined) return { sql: '1 = 1', values: [] }
  const [member, value] = entry
  return { sql: `"${member.replaceAll('"', '""')}" = ${placeholder(1)}`, values: [value] }
}

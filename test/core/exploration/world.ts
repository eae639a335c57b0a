import type { Swap } from '../../../src/core/ledger.js'
import type { Outcome } from '../../../src/core/machine.js'
import type { LedgerRecord } from '../../../src/core/record.js'

/**
 * What one client does next. `put` and `delete` send If-Match with the tag it knows, `create` If-None-Match: *,
 * `overwrite` and `remove` nothing; `reread` sends If-None-Match with the tag it knows. The rest go past the
 * claims: `touch` writes and moves the version at once, `meddle` writes first and moves it later, `sneak` never
 * moves it, `post` creates without a claim and gives the key a version afterwards, `restore` brings the ledger
 * back from a copy, without the data.
 */
export type Action =
  | 'read'
  | 'reread'
  | 'put'
  | 'delete'
  | 'create'
  | 'overwrite'
  | 'remove'
  | 'touch'
  | 'meddle'
  | 'sneak'
  | 'post'
  | 'restore'

/** Where a client, or the attempt that runs for it, stands; a step ends at each access to the store or the data. */
export type Step =
  | 'start'
  | 'met by a reader'
  | 'read the version'
  | 'read the data'
  | 'met'
  | 'claim'
  | 'look again'
  | 'run'
  | 'wrote'
  | 'settle'
  | 'look before settling'
  | 'late work'
  | 'touch'
  | 'appear'

/** A write is named by its attempt; these two are the states before any. */
export const NOTHING = -1
export const INITIAL = 0

/** A tag that a client was given, and the data that came with it. */
export interface Known {
  readonly count: number
  readonly data: number
  /** from the answer of its own write, not from a read */
  readonly own: boolean
  /** a claim stood, or the version moved, while it was read */
  readonly raced: boolean
}

export interface Client {
  /** index into its program */
  readonly op: number
  readonly step: Step
  readonly known: Known | null
  /** the record as the attempt saw it last */
  readonly seen: LedgerRecord | null
  readonly outcome: Outcome['kind'] | null
  readonly wrote: boolean
  /** its claim ended, or became doubtful, while it ran */
  readonly lost: boolean
  /** the version that its settle made, though it has not heard so */
  readonly made: number
  /** a reader's data, where it is read before the version */
  readonly early: number
}

export interface World {
  readonly record: LedgerRecord
  readonly data: number
  readonly clients: readonly Client[]
  /** store calls that may still go wrong */
  readonly faults: number
  /** a swap that was given up, and may be made yet */
  readonly flight: (Swap & { readonly by: number }) | null
  /** bit per version: an If-Match write that named it was settled as a success */
  readonly won: number
  /** nothing has happened yet after which false conflicts are allowed */
  readonly calm: boolean
  /** an attempt that had lost its claim ended without telling the store */
  readonly buried: boolean
}

export interface Scenario {
  readonly name: string
  readonly programs: readonly (readonly Action[])[]
  readonly start: { readonly record: LedgerRecord; readonly data: number; readonly known?: Known }
  readonly crashes: boolean
  /** answers of 4xx and 5xx, besides 2xx */
  readonly failures: boolean
  /** the client may be gone when the answer comes */
  readonly aborts: boolean
  readonly renewals: number
  /** how many store calls may fail, each of them done or not done */
  readonly faults: number
  /** one failed swap may be made later */
  readonly lateSwaps: boolean
  /** a lease may run out before its holder has ended */
  readonly livingExpire: boolean
  /** a handler may answer 4xx though it wrote */
  readonly lies: boolean
  /** data is read from a copy that lags behind: it may be older than a version that is read after it */
  readonly replica: boolean
  /** a handler may write after its answer */
  readonly lateWork: boolean
  /** what this scenario is known to break; nothing within the assumptions */
  readonly breaks: readonly string[]
  /** the one of these whose shortest trace `docs/protocol.md` shows */
  readonly shown?: string
}

const STRIDE = 4

/** One attempt: the operation `op` of a client, as its token and as the name of what it wrote. */
export function attempt(client: number, op: number): number {
  return client * STRIDE + op + 1
}

const TOKENS = Array.from({ length: 32 }, (_, at) => String.fromCharCode(at))

export function tokenOf(id: number): string {
  return TOKENS[id]!
}

export function ownerOf(id: number): { client: number; op: number } {
  return { client: Math.floor((id - 1) / STRIDE), op: (id - 1) % STRIDE }
}

export function actionOf(scenario: Scenario, client: number, op: number): Action | undefined {
  return scenario.programs[client]![op]
}

/** Is there a resource when this was the last write? */
export function exists(scenario: Scenario, data: number): boolean {
  if (data <= INITIAL) return data === INITIAL
  const { client, op } = ownerOf(data)
  const action = actionOf(scenario, client, op)
  return action !== 'delete' && action !== 'remove'
}

/** Does the attempt still run, so that its handler may write and its claim is renewed? */
export function alive(world: World, id: number): boolean {
  const { client, op } = ownerOf(id)
  const owner = world.clients[client]!
  return owner.op === op && owner.step !== 'start' && owner.step !== 'late work'
}

export function namesVersion(action: Action | undefined): boolean {
  return action === 'put' || action === 'delete'
}

const IDLE = {
  step: 'start',
  seen: null,
  outcome: null,
  wrote: false,
  lost: false,
  made: 0,
  early: INITIAL,
} as const

/** The client at its next operation; one that needs a tag is left out by a client that knows none. */
export function ended(program: readonly Action[], client: Client, known = client.known): Client {
  let op = client.op + 1
  while (known === null && (namesVersion(program[op]) || program[op] === 'reread')) op++
  op = Math.min(op, program.length)
  return { ...IDLE, op, known }
}

export function initial(scenario: Scenario): World {
  const { record, data, known = null } = scenario.start
  const before: Client = { ...ended([], { op: 0 } as Client, known), op: -1 }
  return {
    record,
    data,
    clients: scenario.programs.map((program) => ended(program, before)),
    faults: scenario.faults,
    flight: null,
    won: 0,
    calm: true,
    buried: false,
  }
}

import { optionError } from '../../core/errors.js'
import type { RedisWait } from './wait.js'

export interface RedisLedgerOptions {
  /** what the names of its keys in Redis begin with, `if-match:` */
  readonly prefix?: string
  /**
   * ms that the version of a key which nobody has written yet stays valid after it was last read, at least; a day.
   * Reads make a record too, which goes by itself an eighth later: so many reads of made-up keys must fit into the
   * memory. A key that was written is kept for good; so is one that is claimed, as long as nobody ends the claim.
   */
  readonly keepUnwritten?: number
  /**
   * true says that the server never loses a write that it has answered: one with `appendfsync always` and no
   * failover, or one that commits to a log, as Amazon MemoryDB. Versions then outlive its restarts. `false`: after
   * a restart or a failover every version conflicts once, since nobody can tell which writes were lost; so it does
   * when the server gets its first replica, or a key moves to another node of its cluster. The server's replication
   * id tells of all these, so the user of the connection must be allowed INFO
   */
  readonly durable?: boolean
  /**
   * ms, the longest `claim.lease` of the guards over this ledger, 30,000: for so long after a restart of a server that
   * is not `durable` every key counts as claimed, since a handler may still be writing under a claim that was forgotten.
   * A server that was started before this process first talked to it was not restarted
   */
  readonly lease?: number
  /**
   * waits with WAIT, in the trip of each swap, until so many replicas have it; else it rejects, and the outcome is
   * unknown. Keeps two sides of a split network from both granting a claim, where a majority of the replicas is asked
   * for. What else goes over the connection waits meanwhile: give the ledger one of its own. None by itself
   */
  readonly wait?: RedisWait
}

export interface Settings {
  readonly prefix: string
  readonly keepUnwritten: number
  readonly durable: boolean
  readonly lease: number
  readonly wait: RedisWait | undefined
}

const OPTIONS = ['prefix', 'keepUnwritten', 'durable', 'lease', 'wait']
const WAIT_OPTIONS = ['replicas', 'timeout']
const DAY = 86_400_000

/** Refuses what cannot work: ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID, ERR_OPTIONS_CONFLICT. */
export function readOptions(options: RedisLedgerOptions): Settings {
  checkNames('redisLedger', options, OPTIONS)
  const { prefix = 'if-match:', keepUnwritten = DAY, durable = false, lease = 30_000, wait } = options
  if (typeof prefix !== 'string') throw optionError('prefix', prefix, 'Give a text, such as "if-match:".')
  if (!isWhole(keepUnwritten, 1, 3650 * DAY))
    throw optionError('keepUnwritten', keepUnwritten, 'Give whole milliseconds, from 1 to ten years.')
  if (typeof durable !== 'boolean') throw optionError('durable', durable, 'Give true or false.')
  if (!isWhole(lease, 1, DAY)) throw optionError('lease', lease, 'Give whole milliseconds, from 1 to a day.')
  if (wait !== undefined) checkWait(wait, durable)
  return { prefix, keepUnwritten, durable, lease, wait }
}

function checkWait(wait: RedisWait, durable: boolean): void {
  checkNames('wait', wait, WAIT_OPTIONS)
  if (!isWhole(wait.replicas, 1, 1000))
    throw optionError('wait.replicas', wait.replicas, 'Give the number of replicas, at least 1.')
  // 0 would wait for good
  if (wait.timeout !== undefined && !isWhole(wait.timeout, 1, 600_000))
    throw optionError('wait.timeout', wait.timeout, 'Give whole milliseconds, from 1 to 600000.')
  if (durable)
    throw optionError(
      'wait',
      wait,
      'A server that is `durable` loses nothing that replicas would have to keep: leave one of both out.',
      'ERR_OPTIONS_CONFLICT',
    )
}

function checkNames(of: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw optionError(of, options, `Give an object with ${known.join(', ')}.`)
  for (const [name, value] of Object.entries(options)) {
    if (known.includes(name)) continue
    throw optionError(name, value, `${of} takes ${known.join(', ')}.`, 'ERR_OPTION_UNKNOWN')
  }
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most
}

import { optionError } from '../../core/errors.js'
import { MEMBERS } from './ledger-item.js'
import { LEDGER_KEY, LEDGER_TABLE } from './ledger-schema.js'
import { attributeName, tableName } from './names.js'

export interface DynamodbLedgerOptions {
  /** the ledger's own table, or its ARN; `if-match-ledger` */
  readonly table?: string
  /** the table's partition key, a text; it has no sort key; `key` */
  readonly partitionKey?: string
  /**
   * part of every version that is given out, `[0-9a-z]{1,32}`; none. Change it when a backup was restored: counts have
   * gone back with it, and versions that clients hold from before would match again
   */
  readonly epoch?: string
}

const OPTIONS = ['table', 'partitionKey', 'epoch']

/** The options with their defaults; throws ERR_OPTION_UNKNOWN and ERR_OPTION_INVALID. */
export function readOptions(options: DynamodbLedgerOptions): Required<DynamodbLedgerOptions> {
  for (const [name, value] of Object.entries(options)) {
    const fix = `dynamodbLedger takes ${OPTIONS.join(', ')}.`
    if (!OPTIONS.includes(name)) throw optionError(name, value, fix, 'ERR_OPTION_UNKNOWN')
  }
  const { table = LEDGER_TABLE, partitionKey = LEDGER_KEY, epoch = '' } = options
  if ((MEMBERS as readonly string[]).includes(partitionKey)) {
    throw optionError(
      'partitionKey',
      partitionKey,
      'A ledger keeps a member of its record there; name it otherwise.',
    )
  }
  if (typeof epoch !== 'string' || !/^[0-9a-z]{0,32}$/.test(epoch))
    throw optionError('epoch', epoch, 'Give up to 32 of 0-9 and a-z.')
  return {
    table: tableName('table', table),
    partitionKey: attributeName('partitionKey', partitionKey),
    epoch,
  }
}

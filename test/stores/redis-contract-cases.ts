import { it } from 'vitest'
import { contractCases, ledgerContract, type LedgerSubject } from 'express-if-match/testing'

const NONE = 'a script is all of a transaction that Redis has'
const CAPABILITIES: LedgerSubject['capabilities'] = {
  shared: true,
  transaction: NONE,
  application: NONE,
  'async-work': NONE,
  clock: true,
  restart: 'asked of one server in its plain form',
  entries: 'asked of one server in its plain form',
}

type Particular = Pick<LedgerSubject, 'open'> &
  Partial<Pick<LedgerSubject, 'restart' | 'entries'>> & {
    readonly capabilities?: Partial<LedgerSubject['capabilities']>
  }

/** One test for each case of the contract. */
export function keepsTheContract(name: string, { capabilities, ...particular }: Particular): void {
  let keys = 0
  const { runnable, skipped } = contractCases(ledgerContract, {
    name: `redis over ${name}`,
    key: () => `articles/${++keys}`,
    ...particular,
    capabilities: { ...CAPABILITIES, ...capabilities },
  })
  for (const { id, run } of runnable) it(id, run)
  for (const { id, reason } of skipped) it.skip(`${id}: ${reason}`)
}

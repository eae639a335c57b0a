import type { Rules } from './rules.js'
import { CLAIM_MUTANTS } from './mutants-claim.js'
import { MOVE_MUTANTS } from './mutants-move.js'
import { SETTLE_MUTANTS } from './mutants-settle.js'

/** One rule broken, and where the exploration is expected to see which promise fall. */
export interface Mutant {
  readonly name: string
  readonly rules: Partial<Rules>
  readonly scenario: string
  readonly breaks: string
}

export const MUTANTS: readonly Mutant[] = [...CLAIM_MUTANTS, ...SETTLE_MUTANTS, ...MOVE_MUTANTS]

export const KEYS = 1_000_000

export type Filling = 'map' | 'ledger' | 'ledger, full'

export interface Weighed {
  /** bytes, those of the key's own text included */
  readonly perKey: number
}

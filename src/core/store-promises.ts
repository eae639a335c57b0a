/** What a store promises, as data: the README's table is made of it. */
export interface StorePromises {
  /** what outlives a restart of the store: everything that was answered, nothing, or what its configuration keeps */
  readonly durable: 'yes' | 'no' | 'as configured'
  /** what a failover to another server may lose, in one sentence */
  readonly failover: string
  /**
   * whose clock ends a claim: the store's own; or that of an observer, who saw one claim unrenewed for a whole lease.
   * `none`: the store has no claims, as no table has
   */
  readonly clock: 'store' | 'observer' | 'none'
  /** whether it takes part in a transaction of the application's */
  readonly transaction: boolean
}

import type { StorePromises } from '../../core/store-promises.js'
import type { Settings } from './options.js'

const ONCE =
  'after a failover or a restart every version from before conflicts once, so that a write which was lost cannot be overwritten unseen'
const GUARDED =
  'after a restart nobody is granted a claim for a `lease`, for the one before may still be writing'
const SPLIT =
  'while a network is split, a primary that was replaced may still grant claims: `wait`, or min-replicas-to-write, keeps it from that'

export function promisesOf({ durable, wait }: Settings): StorePromises {
  return {
    durable: durable ? 'as configured' : 'no',
    failover: durable
      ? 'nothing, as the application vouches with `durable`'
      : wait === undefined
        ? `the last writes: ${ONCE}; ${GUARDED}; ${SPLIT}`
        : `nothing that the replicas confirmed, where one of those takes over; ${ONCE}`,
    clock: 'store',
    transaction: false,
  }
}

import type { Side } from './pairs.js'

/** One operation of one client, at once or later. */
export type Operation = (client: number) => unknown

/** Operations per second: so many clients for about `ms`, each of which begins another one when it was answered. */
export function throughput(clients: number, ms: number, operation: Operation): Side {
  return async () => {
    let done = 0
    const began = performance.now()
    const client = async (index: number): Promise<void> => {
      while (performance.now() - began < ms) {
        await operation(index)
        done += 1
      }
    }
    await Promise.all(Array.from({ length: clients }, (_, index) => client(index)))
    return done / ((performance.now() - began) / 1000)
  }
}

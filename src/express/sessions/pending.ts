/** The writes that a handler has begun, awaited or not: its answer must not leave before they are done. */
export interface Pending {
  track<T>(work: Promise<T>): Promise<T>
  settled(): Promise<void>
}

export function pendingWork(): Pending {
  const pending = new Set<Promise<unknown>>()
  return {
    track(work) {
      pending.add(work)
      // a write that nobody awaits must not end the process by its rejection; the held answer reports it
      work.then(
        () => pending.delete(work),
        () => pending.delete(work),
      )
      return work
    },
    async settled() {
      while (pending.size > 0) await Promise.allSettled(pending)
    },
  }
}

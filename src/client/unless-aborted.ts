/** What comes of `work`, or the signal's reason as soon as that is aborted: whoever asked is told then, however long `work` goes on. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal?.reason as Error)
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort)
    work.finally(() => signal?.removeEventListener('abort', abort)).then(resolve, reject)
  })
}

/** Does it when it is first needed; all who come meanwhile wait for the same, and a failure is tried again. */
export function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined
      throw error
    })
    return loading
  }
}

/** Does what needs something that is loaded once; without a wait where it is there. */
export function afterOnce<T>(load: () => Promise<T>): <U>(step: (loaded: T) => Promise<U>) => Promise<U> {
  const loading = once(load)
  let loaded: { readonly value: T } | undefined
  return (step) =>
    loaded === undefined
      ? loading().then((value) => {
          loaded = { value }
          return step(value)
        })
      : step(loaded.value)
}

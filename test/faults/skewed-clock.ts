/**
 * Sets the clocks of this process wrong: the wall clock by `ms`, and the start of the monotonic one by another
 * amount, as it is different in every process anyhow. For what is loaded afterwards.
 */
export function skewClocks(ms: number): void {
  const { Date: Real } = globalThis
  const now = (): number => Real.now() + ms
  globalThis.Date = class extends Real {
    constructor(...given: [] | [number | string | Date]) {
      super(given.length === 0 ? now() : given[0])
    }
    static override now = now
  } as DateConstructor
  const monotonic = performance.now.bind(performance)
  performance.now = () => monotonic() + Math.abs(ms) * 7
}

/* Counts the timers of this process. To be imported before anything that sets one. */

const live = new Map<NodeJS.Timeout, string>()
const { setTimeout: set, clearTimeout: clear } = globalThis

/** Those that are set and have not run; Node does not tell of those that are unref'd, as the library's are. */
export function liveTimers(): number {
  return live.size
}

/** Where each of them was set, with FAULT_TRACE: for whoever looks for a leak. */
export function timerOrigins(): readonly string[] {
  return [...live.values()].filter((origin) => origin !== '')
}

function setCounted(run: (...given: unknown[]) => void, ms?: number, ...given: unknown[]): NodeJS.Timeout {
  const timer = set(() => {
    live.delete(timer)
    run(...given)
  }, ms)
  live.set(timer, process.env.FAULT_TRACE === undefined ? '' : String(new Error().stack))
  return timer
}

// with what util.promisify finds on it
globalThis.setTimeout = Object.defineProperties(
  setCounted,
  Object.getOwnPropertyDescriptors(set),
) as typeof setTimeout

globalThis.clearTimeout = (timer) => {
  live.delete(timer as NodeJS.Timeout)
  clear(timer)
}

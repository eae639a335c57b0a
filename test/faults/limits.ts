/*
 * All in ms: short, so that what a dead process leaves behind ends within the test, and longer than the stalls of a
 * busy machine.
 */

export const CLAIM = { lease: 2_000, wait: 600 }

/** What the drivers are told to wait for a connection, and for an answer; docs/stores.md says how. */
export const STORE_LIMIT = 1_000

/** How late an answer may come at most: later than any limit, so that each of them is met. */
export const PAST_LIMIT = 1_500

/** How long the clients go on, at least. */
export const DURATION = Number(process.env.FAULT_MS ?? 6_000)

/** After which a request counts as hanging: many times what the limits above can add up to. */
export const HANG = 30_000

/** Runs that meet no mistake may happen; so many in a row do not, unless nothing would ever be found. */
const MOST = 10

/**
 * Whether a run meets the mistake of a broken store is up to chance: runs, each with a seed of its own, until `check`
 * complains as it must. Throws where it never does, or about something else.
 */
export async function foundOut(run: () => Promise<() => void>, complaint: RegExp): Promise<void> {
  for (let round = 0; round < MOST; round++) {
    const check = await run()
    try {
      check()
    } catch (error) {
      if (error instanceof Error && complaint.test(error.message)) return
      throw error
    }
  }
  throw new Error(`${MOST} runs, and the mistake was not found out`)
}

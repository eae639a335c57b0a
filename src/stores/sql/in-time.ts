/** ms; on a line that was cut without a word no answer ever comes, and the connection is given up */
const PATIENCE = 5000

/** Waits for the end of a ROLLBACK: whoever waits for its transaction must hear of it, whatever becomes of the connection. */
export async function inTime(rollback: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer to ROLLBACK within ${PATIENCE} ms`))
    }, PATIENCE)
  })
  try {
    await Promise.race([rollback, late])
  } finally {
    clearTimeout(timer)
  }
}

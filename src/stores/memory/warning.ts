import cluster from 'node:cluster'
import process from 'node:process'

/** Says it where another process is likely to answer the next request: that one knows nothing of these versions. */
export function warnWhereNotShared(): void {
  const where = cluster.isWorker
    ? 'a cluster worker'
    : process.env['AWS_LAMBDA_FUNCTION_NAME'] !== undefined
      ? 'AWS Lambda'
      : undefined
  if (where === undefined) return
  process.emitWarning(
    `memoryLedger counts in this process alone, and in ${where} others serve the same resources: ` +
      'a write that one of them accepts is unknown to the next, so updates can be lost.',
    {
      type: 'IfMatchWarning',
      code: 'MEMORY_LEDGER_NOT_SHARED',
      detail: 'Give ifMatch() a ledger that all processes share, such as sqliteLedger on one machine.',
    },
  )
}

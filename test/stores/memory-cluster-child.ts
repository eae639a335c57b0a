import cluster from 'node:cluster'
import { memoryLedger } from '../../src/stores/memory.js'

/* The worker of a cluster prints the warnings that one ledger gives there. */
if (cluster.isPrimary) cluster.fork()
else {
  process.on('warning', (warning) => {
    console.log(`${'code' in warning ? String(warning.code) : ''}: ${warning.message}`)
  })
  memoryLedger().get('a')
  setImmediate(() => cluster.worker?.disconnect())
}

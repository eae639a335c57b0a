// Prints what it costs this fresh process to import the package that its argument names, as JSON: µs of CPU, and ms.
import { performance } from 'node:perf_hooks'

const [, , name] = process.argv
const [began, before] = [performance.now(), process.cpuUsage()]
await import(name)
const { user, system } = process.cpuUsage(before)
console.log(JSON.stringify({ cpu: user + system, ms: performance.now() - began }))

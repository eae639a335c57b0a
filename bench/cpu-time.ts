/** µs of CPU that this process has used, in its own code and in the system; `since`: as `process.cpuUsage()` gave it */
export function cpuTime(since?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return user + system
}

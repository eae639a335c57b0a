import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Redis } from 'ioredis'
import type pg from 'pg'

/** µs of CPU of the backends that serve the application of this name. NaN where the server is on another machine. */
export async function postgresCpu(pool: pg.Pool, name: string): Promise<number> {
  const sql = 'SELECT pid FROM pg_stat_activity WHERE application_name = $1'
  const { rows } = await pool.query<{ pid: number }>(sql, [name])
  return rows.reduce((sum, { pid }) => sum + processCpu(pid), 0)
}

/** µs of CPU of the whole server. */
export async function redisCpu(redis: Redis): Promise<number> {
  const info = await redis.info('cpu')
  const seconds = (member: string) => Number(new RegExp(`^${member}:([0-9.]+)`, 'm').exec(info)?.[1])
  return (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1e6
}

/** µs in one tick of /proc */
let tick: number | undefined

function processCpu(pid: number): number {
  try {
    tick ??= 1e6 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
    // the name in parentheses may have spaces in it; user and system time are the 14th and 15th of all fields
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) * tick
  } catch {
    return NaN
  }
}

import { inject } from 'vitest'
import { requires, type Gated } from './requires.js'

/** A server that tests talk to. Each test file makes its own schema, database or key prefix in it, and removes it. */
export interface TestServer extends Gated {
  /** '' where none answers: use it inside the gated suites only */
  readonly url: string
}

function server(name: string, url: string, hint: string): TestServer {
  return { url, ...requires(name, url !== '', hint) }
}

const found = inject('servers')
const COMPOSE = 'docker compose up --detach'

export const postgres = server('PostgreSQL', found.postgres, `${COMPOSE} postgres, or POSTGRES_URL`)
export const mysql = server('MySQL or MariaDB', found.mysql, `${COMPOSE} mariadb, or MYSQL_URL`)
export const redis = server('Redis', found.redis, `${COMPOSE} redis, or REDIS_URL`)

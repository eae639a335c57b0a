import { redis } from '../support/servers.js'
import { raceOver } from './race.js'

redis.describe('races over Redis', () => {
  raceOver('redis ledger', () => redis.url)
})

import { postgres } from '../support/servers.js'
import { raceOver } from './race.js'

postgres.describe('races over PostgreSQL', () => {
  for (const name of ['postgres ledger', 'postgres ledger with transaction and claims', 'postgres table'])
    raceOver(name, () => postgres.url)
})

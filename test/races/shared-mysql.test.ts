import { mysql } from '../support/servers.js'
import { raceOver } from './race.js'

mysql.describe('races over MySQL or MariaDB', () => {
  for (const name of ['mysql ledger', 'mysql ledger with transaction', 'mysql table'])
    raceOver(name, () => mysql.url)
})

import { mysql } from '../support/servers.js'
import { raceOver } from './race.js'

mysql.describe('races over MySQL or MariaDB', () => {
  for (const name of ['mysql ledger', 'mysql ledger with transaction and claims', 'mysql table'])
    raceOver(name, () => mysql.url)
})

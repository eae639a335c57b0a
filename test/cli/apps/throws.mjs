import { setTimeout as later } from 'node:timers/promises'
import express from 'express'

const app = express()
app.get('/', (req, res) => res.end())
void later(0).then(() => {
  throw new Error('no connection to the database')
})
await later(50)

export default app

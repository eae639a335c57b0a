import { setTimeout as later } from 'node:timers/promises'
import express from 'express'

process.on('uncaughtException', (error) => console.error(`lives on after: ${error.message}`))
const app = express()
app.get('/', (req, res) => res.end())
setTimeout(() => {
  throw new Error('no connection to the database')
})
await later(50)

export default app

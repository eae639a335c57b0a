import { setInterval } from 'node:timers'
import express from 'express'

// as many an application does: importing it starts it
const app = express()
app.get('/', (req, res) => res.end())
await new Promise((resolve) => app.listen(0, '127.0.0.1', resolve))
console.log('listening')
setInterval(() => {}, 1000)

export default app

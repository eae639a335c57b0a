import { once } from 'node:events'
import { createServer } from 'node:http'
import express4 from 'express4'

const other = createServer().listen(0, '127.0.0.1')
await once(other, 'listening')

const app = express4()
app.get('/', (req, res) => res.end())
app.listen(other.address().port, '127.0.0.1')

export default app

import express from 'express'

const app = express()
app.get('/', (req, res) => res.end())
// as one does that finds no configuration; with 0, where it takes the command for its own
process.exit(Number(process.env.EXIT_WITH))

export default app

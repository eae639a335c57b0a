import express from 'express'
import { ifMatch, problems } from 'express-if-match'

const articles = ifMatch({ key: 'articles/:id' })
const app = express()
app.get('/articles/:id', articles.read(), (req, res) => {
  res.json({ id: req.params.id })
})
app.put('/articles/:id', articles.guard(), (req, res) => {
  res.json({ id: req.params.id })
})
app.use(problems())

export default app

const express = require('express')

const app = express()
app.get('/articles/:id', (req, res) => res.json({ id: req.params.id }))
app.put('/articles/:id', function saveArticle(req, res) {
  res.json(req.body)
})
app.delete('/articles/:id', (req, res) => res.sendStatus(204))

module.exports = app

import express from 'express'

export const app = express()
app.put('/notes/:id', (req, res) => res.json(req.body))

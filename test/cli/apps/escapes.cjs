const express = require('express')

// whoever audits an application need not have written it
const app = express()
app.put('/up\u001bM/:id', (req, res) => res.end())
app.put('/two\n0 findings', (req, res) => res.end())
app.put(new RegExp('^/\u009b2J(?:\u202e)?$'), (req, res) => res.end())

module.exports = app

const express = require('express')
const { ifMatch, problems } = require('express-if-match')
const scenario = require('./scenario.cjs')

scenario({ express, ifMatch, problems }).catch((error) => {
  console.error(error)
  process.exitCode = 1
})

import express from 'express'
import { ifMatch, problems } from 'express-if-match'

// Compiled to CommonJS only, so this is Node's own require.
const scenario: (parts: object) => Promise<void> = require('../scenario.cjs')

scenario({ express, ifMatch, problems }).catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})

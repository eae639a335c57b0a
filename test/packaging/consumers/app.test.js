const express = require('express')
const { ifMatch, problems } = require('express-if-match')
const scenario = require('./scenario.cjs')

test('a stale PUT is refused', async () => {
  await scenario({ express, ifMatch, problems })
})

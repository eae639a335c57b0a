import diagnostics_channel from 'node:diagnostics_channel'
import { report } from 'express-if-match/observe'
import { expect, it, onTestFinished } from 'vitest'

const refused = diagnostics_channel.channel('express-if-match:refused')

it('says no share of a route that had to make room, and counts anew', () => {
  let now = 0
  const conflicts = report({ maxNames: 10, clock: { date: () => now } })
  onTestFinished(() => conflicts.close())
  const refuse = (route: string) => {
    now += 1
    const about = { route, method: 'PUT', mode: 'observe', request: {}, key: 'a/1' }
    refused.publish({ ...about, code: 'precondition-required', enforced: false })
  }

  for (let index = 0; index < 50; index++) refuse('/articles/:id')
  expect(conflicts.text()).toMatch(/\n +50 +100 % +PUT \/articles/)
  for (let index = 0; index < 1_000; index++) refuse(`/r${index}`)
  refuse('/articles/:id')
  expect(conflicts.text()).toMatch(/\n +51 +PUT \/articles/)
})

// Express 4 in CommonJS: handlers that know nothing of versions, and an error handler of the application's own.
const express = require('express4') // what this repository calls Express 4; in your application it is 'express'
const { ifMatch } = require('express-if-match')
const { report } = require('express-if-match/observe')

const STEPS = {
  observe: { mode: 'observe', required: true },
  offer: { required: false },
  require: { required: true },
}
const store = new Map([['1', { id: '1', name: 'Ada', tier: 'basic' }]])

class ApiError extends Error {
  constructor(status, code, message) {
    super(message)
    this.status = status
    this.code = code
  }
}

function authenticate(req, res, next) {
  const [, user] = /^Bearer (\w+)$/.exec(req.get('Authorization') ?? '') ?? []
  if (user === undefined) next(new ApiError(401, 'unauthenticated', 'Log in first.'))
  else {
    req.user = { id: user, admin: user === 'root' }
    next()
  }
}

// the routes, as they were
const customers = express.Router()
customers.get('/:id', (req, res, next) => {
  const customer = store.get(req.params.id)
  if (customer === undefined) next(new ApiError(404, 'unknown-customer', 'There is no such customer.'))
  else res.json(customer)
})
customers.put('/:id', (req, res, next) => {
  if (!store.has(req.params.id))
    return next(new ApiError(404, 'unknown-customer', 'There is no such customer.'))
  store.set(req.params.id, { ...req.body, id: req.params.id })
  res.json(store.get(req.params.id))
})

function createApp(step) {
  const app = express()
  app.use(express.json())
  app.use(authenticate)

  const conflicts = report({ who: (req) => ({ kind: req.get('X-Client') ?? 'browser', id: req.user?.id }) })
  app.use('/admin/conflicts', conflicts.router({ authorize: (req) => req.user.admin }))
  app.use('/api/customers', ifMatch({ respond: 'next', ...STEPS[step] }), customers)

  // the error handler, with one line more
  app.use((error, req, res, next) => {
    if (res.headersSent) return next(error)
    const { status = 500, code, message } = error
    res.set(error.headers) // Retry-After, and no-store where an answer must not be kept
    const told = status < 500 ? { code, message } : { code: 'internal', message: 'Something went wrong.' }
    res.status(status).json({ error: told })
  })
  return app
}

module.exports = { createApp }
if (require.main === module) {
  const server = createApp(process.env.IF_MATCH ?? 'observe').listen(
    process.env.PORT ?? 3000,
    '127.0.0.1',
    () => console.log(`http://127.0.0.1:${server.address().port}/api/customers/1`),
  )
}

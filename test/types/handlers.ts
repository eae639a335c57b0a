import express, { type Request, type RequestHandler, type Response } from 'express'
import { ifMatch, memoryTable } from 'express-if-match'
import { exactly } from './expect.js'

/*
 * Compiled with the types of Express 5 and of Express 4, never run: what handlers see behind `guard` and in `wrap`.
 */

const app = express()
const legacy = ifMatch({ key: 'articles/:id' })
const nested = ifMatch({ key: 'shops/:shop/orders/:id' })
const byFunction = ifMatch({ key: (req) => req.url })
const orders = ifMatch({ key: 'orders/:id', table: memoryTable<{ id: string; version: number }>() })
const owned = ifMatch({ key: 'things/:id', current: () => ({ n: 1 }), version: 'n' })

// behind guard() and read() the route's own parameters are there, whatever the key says
app.get('/articles/:slug', legacy.read(), (req, res) => {
  exactly<typeof req.params.slug, string>(true)
  res.json({})
})
app.put('/articles/:slug', legacy.guard(), (req, res) => {
  exactly<typeof req.params.slug, string>(true)
  // @ts-expect-error: the route has no such parameter
  res.json(req.params.id)
})

// in wrap, inline: the parameters that the key names, and Express's own request and response
app.put(
  '/articles/:id',
  legacy.wrap(async (req, res, write) => {
    exactly<typeof req.params.id, string>(true)
    const text: string = req.body.text
    res.status(200).json({ text, key: write.key, query: req.query })
    await Promise.resolve()
  }),
)
app.put(
  '/shops/:shop/orders/:id',
  nested.wrap((req, res) => {
    exactly<[typeof req.params.shop, typeof req.params.id], [string, string]>(true)
    res.json({})
  }),
)
app.put(
  '/orders/:id',
  orders.wrap((req, res) => {
    exactly<typeof req.params.id, string>(true)
    res.json({})
  }),
)
app.put(
  '/things/:id',
  owned.wrap((req, res) => {
    exactly<typeof req.params.id, string>(true)
    res.json({})
  }),
)
app.put(
  '/any/:name',
  byFunction.wrap((req, res) => {
    const name: string | undefined = req.params['name']
    res.json({ name })
  }),
)

// behind another middleware, on a router, and on a route
const upload: RequestHandler = (_req, _res, next) => {
  next()
}
app.put(
  '/articles/:id',
  upload,
  legacy.wrap((req, res) => {
    res.json(req.params['id'])
  }),
)
express
  .Router()
  .route('/:id')
  .put(
    legacy.wrap((req, res) => {
      const id: string = req.params.id
      res.json(id)
    }),
  )

// a handler that declares its own keeps them
interface Body {
  title: string
}
const declared = legacy.wrap((req: Request<{ slug: 'a' | 'b' }, unknown, Body>, res: Response<Body>) => {
  exactly<typeof req.params.slug, 'a' | 'b'>(true)
  exactly<typeof req.body.title, string>(true)
  // @ts-expect-error: the answer is declared as a Body
  res.json({ title: 1 })
})
app.put('/articles/:slug', declared)
const contextual: RequestHandler<{ id: 'x' }> = legacy.wrap((req, res) => {
  exactly<typeof req.params.id, 'x'>(true)
  res.json(req.params.id)
})
app.put('/articles/:id', contextual)

// a whole tree, and its parts on a path of their own
app.use(legacy)
app.use('/old', ifMatch())
app.use('/articles/:id', legacy.guard())

// @ts-expect-error: a table does not guard a whole tree
app.use(orders)
// @ts-expect-error: nor does the application's own version
app.use(owned)
// @ts-expect-error: a guard in front of a table protects nothing
orders.guard()

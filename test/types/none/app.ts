import { createServer } from 'node:http'
import { ifMatch, preconditionOf, problems, type LedgerWrite } from 'express-if-match'

/* Compiled without any types of Express: then its request and response are `any`, and the rest is as it was. */

const guards = ifMatch({ key: 'articles/:id' })
const wrapped = guards.wrap((req, res, write) => {
  const key: string = write.key
  res.status(200).json({ id: req.params.id, key })
})
createServer((req, res) => {
  guards(req, res, () => {
    guards.guard()(req, res, () => {
      // eslint-disable-next-line @typescript-eslint/ban-ts-comment -- an error in one configuration of three
      // @ts-ignore: with the types of Express this request lacks its members
      wrapped(req, res, (error) => {
        problems()(error, req, res, () => void res.end(String(preconditionOf<LedgerWrite>(req).fence)))
      })
    })
  })
})

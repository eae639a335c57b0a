// A small API behind one app.use, and the conversation that every consumer must be able to have with it.
const assert = require('node:assert/strict')
const { once } = require('node:events')

function createApp({ express, ifMatch, problems }) {
  const articles = new Map([['1', { id: '1', title: 'first' }]])
  const app = express()
  app.use(express.json())
  app.use(ifMatch())
  app.get('/articles/:id', (req, res) => {
    res.json(articles.get(req.params.id))
  })
  app.put('/articles/:id', (req, res) => {
    articles.set(req.params.id, { ...req.body, id: req.params.id })
    res.json(articles.get(req.params.id))
  })
  app.use(problems())
  return app
}

async function converse(app) {
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}/articles/1`
  const put = (title, tag) =>
    fetch(url, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json', 'If-Match': tag },
      body: JSON.stringify({ title }),
    })
  try {
    const read = await fetch(url)
    assert.equal(read.status, 200)
    const tag = read.headers.get('etag')
    assert.match(tag, /^"/, 'a read carries a strong entity tag')

    const saved = await put('second', tag)
    assert.equal(saved.status, 200)

    const stale = await put('third', tag)
    assert.equal(stale.status, 409)
    assert.match(stale.headers.get('content-type'), /^application\/problem\+json/)
    assert.equal((await stale.json()).code, 'version-conflict')

    const again = await put('third', saved.headers.get('etag'))
    assert.equal(again.status, 200, 'the tag of a write is good for the next one')
    assert.equal((await (await fetch(url)).json()).title, 'third')
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

/** Fails unless the library does its work in this process. */
module.exports = async function scenario(parts) {
  await converse(createApp(parts))
}

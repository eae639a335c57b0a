/* global location, window */
import { createApi } from './api.js'
import { byId } from './dom.js'
import { createEditor } from './editor.js'
import { createRequestList } from './request-list.js'

const report = createRequestList(byId('requests'))

/** The article of `?id=`, or the first. */
async function findArticle() {
  const id = new URL(location.href).searchParams.get('id')
  if (id !== null) return id
  const trouble = byId('trouble')
  try {
    const { value: list } = await createApi('Page', report).read('/articles')
    if (list[0] !== undefined) return String(list[0].id)
    trouble.textContent = 'There is no article. Restart the server: it puts two into an empty database.'
  } catch {
    trouble.textContent = 'The server does not answer. Is it running? Start it, then reload this page.'
  }
  trouble.hidden = false
  return undefined
}

const id = await findArticle()
if (id !== undefined) {
  const path = `/articles/${encodeURIComponent(id)}`
  const editors = ['Ada', 'Ben'].map((name) => createEditor({ name, path, api: createApi(name, report) }))
  byId('editors').append(...editors.map((editor) => editor.element))
  window.addEventListener('beforeunload', (event) => {
    if (editors.some((editor) => editor.hasChanges())) event.preventDefault()
  })
  for (const editor of editors) await editor.load()
}

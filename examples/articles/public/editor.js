import { createConflict } from './conflict.js'
import { fromTemplate } from './dom.js'
import { FIELDS, sameContent } from './merge.js'

const BADGES = {
  loading: 'Loading',
  saved: 'Saved',
  unsaved: 'Unsaved changes',
  saving: 'Saving',
  stale: 'Out of date',
  missing: 'Not there',
}

/** One person's editor. It remembers the version that its text is built on: the article as it was read, and its tag. */
export function createEditor({ name, path, api }) {
  const { content, part } = fromTemplate('editor-template')
  const section = content.firstElementChild
  const form = part('form')
  const conflict = part('conflict')
  const submit = form.querySelector('[type=submit]')
  let base
  let state = 'loading'

  const titleId = `editor-${name.toLowerCase()}`
  part('name').id = titleId
  part('name').textContent = name
  section.setAttribute('aria-labelledby', titleId)
  section.dataset.who = name

  const text = () => Object.fromEntries(FIELDS.map((field) => [field.name, form.elements[field.name].value]))
  const hasChanges = () => base !== undefined && !sameContent(text(), base.article)

  function show(next, message) {
    state = next
    const badge = part('badge')
    badge.textContent = BADGES[state]
    badge.dataset.state = state
    part('tag').textContent = base?.tag ?? 'none yet'
    part('message').textContent = message
    section.setAttribute('aria-busy', String(state === 'loading' || state === 'saving'))
    for (const field of FIELDS) form.elements[field.name].readOnly = state !== 'saved' && state !== 'unsaved'
    form.hidden = state === 'stale'
    conflict.hidden = state !== 'stale'
    if (state !== 'stale') conflict.replaceChildren()
  }

  /** Where the focused element is gone, the focus goes on here; whoever is typing somewhere is left in peace. */
  function refocus(target) {
    const { activeElement, body } = section.ownerDocument
    const typing = activeElement !== body && !(section.contains(activeElement) && form.hidden)
    if (!typing) target.focus()
  }

  /** From here on the text is built on this version. */
  function hold(tag, article) {
    base = { tag, article }
  }

  function fill(article) {
    for (const field of FIELDS) form.elements[field.name].value = article[field.name]
  }

  async function load() {
    show('loading', '')
    const { status, etag, body } = await api.read(name, path)
    if (status !== 200) {
      show('missing', trouble(status, body))
      return
    }
    hold(etag, body)
    fill(body)
    show('saved', '')
  }

  async function reload() {
    if (base === undefined) return load()
    const before = state
    show('loading', '')
    const { status, etag, body } = await api.read(name, path, base.tag)
    if (status === 304 || (status === 200 && body.version === base.article.version)) {
      if (status === 200) hold(etag, body)
      const kept = hasChanges() ? ' Your changes are still here, not saved.' : ''
      show(hasChanges() ? 'unsaved' : 'saved', `Nobody has saved since you read it.${kept}`)
    } else if (status !== 200) {
      show(before, trouble(status, body))
    } else if (hasChanges()) {
      disagree(
        text(),
        { tag: etag, article: body },
        'Somebody saved after you read it, and you have changes of your own.',
      )
    } else {
      take({ tag: etag, article: body }, 'You have the newest version.')
    }
  }

  async function save(tag, yours, message = 'Saved.') {
    show('saving', '')
    const { status, etag, body } = await api.save(name, path, tag, yours)
    if (status === 409 && body?.current !== undefined) {
      const theirs = { tag: body.current.etag, article: body.current.representation }
      disagree(
        yours,
        theirs,
        'Somebody saved after you read it, so your save was refused. Nothing is lost: choose how to go on.',
      )
      return
    }
    if (status === 200) {
      hold(etag, body)
      fill(body)
      show('saved', message)
    } else {
      show(status === 409 || status === 404 ? 'missing' : 'unsaved', trouble(status, body))
    }
    refocus(submit)
  }

  /** Shows the three versions, unless both did the same. */
  function disagree(yours, theirs, explanation) {
    if (sameContent(yours, theirs.article)) {
      take(theirs, 'Somebody saved the very same already. You have it now.')
      return
    }
    const view = createConflict({
      base,
      yours,
      theirs,
      explanation,
      on: {
        take: () => take(theirs, 'You have their version now.'),
        overwrite: () => save(theirs.tag, yours, 'Saved in place of theirs.'),
        merged: (article) => {
          hold(theirs.tag, theirs.article)
          fill(article)
          show(hasChanges() ? 'unsaved' : 'saved', 'Merged, and not saved yet. Read it through, then save.')
          refocus(submit)
        },
      },
    })
    show('stale', 'Out of date: the article has changed.')
    conflict.replaceChildren(view.content)
    refocus(view.heading)
  }

  function take({ tag, article }, message) {
    hold(tag, article)
    fill(article)
    show('saved', message)
    refocus(part('reload'))
  }

  form.addEventListener('input', () => show(hasChanges() ? 'unsaved' : 'saved', ''))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (state === 'unsaved') void save(base.tag, text())
    else if (state === 'saved') show('saved', 'There is nothing to save: you have changed nothing.')
  })
  part('reload').addEventListener('click', () => {
    if (state !== 'loading' && state !== 'saving') void reload()
  })

  return { element: section, load, hasChanges }
}

function trouble(status, problem) {
  if (status === 0) return 'The server does not answer. Your text is still here; try again.'
  if (status === 404 || problem?.reason === 'gone')
    return 'This article was deleted. Copy your text if you need it.'
  return problem?.detail ?? `The server answered ${status}. Your text is still here.`
}

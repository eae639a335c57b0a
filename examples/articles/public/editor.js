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

/** One person's editor. It remembers the snapshot that its text is built on: the article as it was read, and its tag. */
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
  const hasChanges = () => base !== undefined && !sameContent(text(), base.value)

  function show(next, message) {
    state = next
    const badge = part('badge')
    badge.textContent = BADGES[state]
    badge.dataset.state = state
    part('tag').textContent = base?.etag ?? 'none yet'
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

  /** From here on the text is built on this state. */
  function hold(snapshot) {
    base = snapshot
  }

  function fill(article) {
    for (const field of FIELDS) form.elements[field.name].value = article[field.name]
  }

  async function load() {
    show('loading', '')
    try {
      hold(await api.read(path))
      fill(base.value)
      show('saved', '')
    } catch (error) {
      show('missing', trouble(error))
    }
  }

  async function reload() {
    if (base === undefined) return load()
    const before = state
    show('loading', '')
    let now
    try {
      now = await api.read(path)
    } catch (error) {
      show(before, trouble(error))
      return
    }
    if (now.value.version === base.value.version) {
      hold(now)
      const kept = hasChanges() ? ' Your changes are still here, not saved.' : ''
      show(hasChanges() ? 'unsaved' : 'saved', `Nobody has saved since you read it.${kept}`)
    } else if (hasChanges()) {
      disagree(text(), now, 'Somebody saved after you read it, and you have changes of your own.')
    } else {
      take(now, 'You have the newest version.')
    }
  }

  /** Saves over what `over` stands for, which is what the person has seen. */
  async function save(over, yours, message = 'Saved.') {
    show('saving', '')
    try {
      const written = await api.save(over, yours)
      hold(written)
      fill(written.value)
      show('saved', message)
    } catch (error) {
      const { theirs } = error.versions ?? {}
      if (error.code === 'version-conflict' && theirs !== undefined) {
        disagree(
          yours,
          theirs,
          'Somebody saved after you read it, so your save was refused. Nothing is lost: choose how to go on.',
        )
        return
      }
      show(error.status === 409 || error.status === 404 ? 'missing' : 'unsaved', trouble(error))
    }
    refocus(submit)
  }

  /** Shows the three versions, unless both did the same. */
  function disagree(yours, theirs, explanation) {
    if (sameContent(yours, theirs.value)) {
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
        overwrite: () => save(theirs, yours, 'Saved in place of theirs.'),
        merged: (article) => {
          hold(theirs)
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

  function take(snapshot, message) {
    hold(snapshot)
    fill(snapshot.value)
    show('saved', message)
    refocus(part('reload'))
  }

  form.addEventListener('input', () => show(hasChanges() ? 'unsaved' : 'saved', ''))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (state === 'unsaved') void save(base, text())
    else if (state === 'saved') show('saved', 'There is nothing to save: you have changed nothing.')
  })
  part('reload').addEventListener('click', () => {
    if (state !== 'loading' && state !== 'saving') void reload()
  })

  return { element: section, load, hasChanges }
}

function trouble({ code, status, problem }) {
  if (code === 'ERR_OUTCOME_UNKNOWN') {
    return 'The server did not answer, and may have saved it or not. Your text is still here; reload to see.'
  }
  if (code === 'ERR_NETWORK') return 'The server does not answer. Your text is still here; try again.'
  if (status === 404 || problem?.reason === 'gone')
    return 'This article was deleted. Copy your text if you need it.'
  return problem?.detail ?? `The server answered ${status}. Your text is still here.`
}

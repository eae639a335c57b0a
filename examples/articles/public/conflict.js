import { diffWords } from './diff.js'
import { element, fromTemplate } from './dom.js'
import { FIELDS, merge } from './merge.js'

/**
 * The three versions, and the three ways on. `on` is told which: `take()`, `merged(article)`, `overwrite()`.
 * The heading can be focused once it stands in the page.
 */
export function createConflict({ base, yours, theirs, explanation, on }) {
  const { content, part } = fromTemplate('conflict-template')
  const { merged, conflicts } = merge(base.value, yours, theirs.value)

  part('explanation').textContent = explanation
  part('versions').append(
    version('Base', `version ${base.value.version}, what you started from`, base.value, base.value),
    version('Yours', 'not saved', base.value, yours),
    version('Theirs', `version ${theirs.value.version}, saved meanwhile`, base.value, theirs.value),
  )
  part('merge-hint').textContent =
    conflicts.length === 0
      ? 'Keeps what each of you changed.'
      : `Keeps what each of you changed. Both changed the ${names(conflicts)}: you choose there.`
  part('take').addEventListener('click', () => on.take())
  part('overwrite').addEventListener('click', () => on.overwrite())
  part('merge').addEventListener('click', () => {
    if (conflicts.length === 0) {
      on.merged(merged)
      return
    }
    part('ways').hidden = true
    const choices = part('choices')
    choices.hidden = false
    choices.querySelector('input').focus()
  })

  fillChoices(part('choices'), { conflicts, merged, yours, theirs: theirs.value }, on.merged, () => {
    part('choices').hidden = true
    part('ways').hidden = false
    part('merge').focus()
  })
  return { content, heading: content.querySelector('h3') }
}

function names(fields) {
  return fields.map(({ label }) => label.toLowerCase()).join(' and the ')
}

function version(name, meaning, before, article) {
  const head = element('h4', {}, name, ' ', element('small', {}, meaning))
  const fields = FIELDS.map(({ name: field, label }) => {
    const unchanged = name !== 'Base' && before[field] === article[field]
    return element(
      'div',
      { class: 'field' },
      element('span', { class: 'field-name' }, unchanged ? `${label}, not changed` : label),
      element('div', { class: 'text' }, ...marked(before[field], article[field])),
    )
  })
  return element('article', { class: `version ${name.toLowerCase()}` }, head, ...fields)
}

function marked(before, after) {
  return diffWords(before, after).map(({ kind, text }) => {
    if (kind === 'same') return text
    return element(kind === 'added' ? 'ins' : 'del', {}, text)
  })
}

/** For each field that both changed: yours, theirs, or a text of one's own. */
function fillChoices(form, { conflicts, merged, yours, theirs }, done, back) {
  const results = conflicts.map(({ name, label }) => {
    const text = element('textarea', {
      rows: name === 'title' ? '2' : '5',
      'aria-label': `${label}, as it will be`,
    })
    const radio = (value, caption) => {
      const input = element('input', { type: 'radio', name, value })
      input.addEventListener('change', () => {
        if (value === 'yours') text.value = yours[name]
        if (value === 'theirs') text.value = theirs[name]
        if (value === 'own') text.focus()
      })
      return { input, label: element('label', {}, input, ' ', caption) }
    }
    const own = radio('own', 'Written by hand')
    const mine = radio('yours', 'Yours')
    mine.input.checked = true
    text.value = yours[name]
    text.addEventListener('input', () => {
      own.input.checked = true
    })
    const legend = element('legend', {}, `${label}: both of you changed it`)
    const radios = element('div', { class: 'radios' }, mine.label, radio('theirs', 'Theirs').label, own.label)
    form.append(element('fieldset', {}, legend, radios, text))
    return { name, text }
  })
  const backButton = element('button', { type: 'button' }, 'Back')
  backButton.addEventListener('click', back)
  const use = element('button', { type: 'submit', class: 'primary' }, 'Use this')
  form.append(
    element('p', {}, 'The rest is merged already.'),
    element('div', { class: 'buttons' }, use, backButton),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const chosen = Object.fromEntries(results.map(({ name, text }) => [name, text.value]))
    done({ ...merged, ...chosen })
  })
}

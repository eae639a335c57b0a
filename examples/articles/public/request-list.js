import { element } from './dom.js'

const LONGEST = 50

const MEANINGS = {
  0: 'no answer',
  200: '200 OK',
  201: '201 Created',
  304: '304 Not changed',
  404: '404 Not found',
  409: '409 Conflict',
  422: '422 Not valid',
}

/** Adds each request at the top of the table's body. */
export function createRequestList(body) {
  return function add({ who, method, path, condition, status, etag }) {
    const kind = status === 0 || status >= 400 ? 'refused' : 'done'
    const row = element(
      'tr',
      { role: 'row' },
      cell('Who', element('b', { 'data-who': who }, who)),
      cell('Request', element('code', {}, `${method} ${path}`)),
      optionalCell('Condition', condition && `${condition.header}: ${condition.tag}`),
      cell('Answer', element('span', { class: `answer ${kind}` }, MEANINGS[status] ?? String(status))),
      optionalCell('ETag', etag),
    )
    body.prepend(row)
    while (body.rows.length > LONGEST) body.lastElementChild.remove()
  }
}

function optionalCell(label, text) {
  const content = cell(label, element('code', {}, text ?? '–'))
  if (text === undefined) content.classList.add('none')
  return content
}

function cell(label, content) {
  return element('td', { role: 'cell', 'data-label': label }, content)
}

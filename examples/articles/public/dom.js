/* global document */

/** An element; its children are elements or texts, and a text stays a text: never is it read as HTML. */
export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name)
  for (const [attribute, value] of Object.entries(attributes)) node.setAttribute(attribute, value)
  node.append(...children)
  return node
}

export function byId(id) {
  return document.getElementById(id)
}

/** A copy of a template's content, and a finder of the parts in it that are named by `data-part`. */
export function fromTemplate(id) {
  const content = byId(id).content.cloneNode(true)
  const parts = new Map([...content.querySelectorAll('[data-part]')].map((node) => [node.dataset.part, node]))
  return { content, part: (name) => parts.get(name) }
}

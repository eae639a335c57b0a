import { sourceOf } from './source.js'

const NAME = String.raw`(?<![.\w$])([A-Za-z_$][\w$]{0,63})\s{0,4}`
/** `fn(...args)` and `fn.apply(this, args)` */
const HANDS_REST = new RegExp(String.raw`${NAME}(?:\(\s{0,4}\.\.\.|\.apply\s{0,4}\()`, 'g')
/** `(...args)`, and `(req, ...others)` */
const TAKES_REST = /^[^(=]{0,200}\((?:[^(){}=]{0,200},)?\s{0,20}\.\.\.\s{0,4}[\w$]+\s{0,20}\)/
/** `(req, res, next)` */
const TAKES_THREE =
  /^[^(=]{0,200}\(\s{0,20}([\w$]{1,64})\s{0,4},\s{0,20}([\w$]{1,64})\s{0,4},\s{0,20}([\w$]{1,64})\s{0,4},?\s{0,20}\)/

const USES_ARGUMENTS = /[(,.]\s{0,20}arguments\s{0,20}[),]/

type Fn = (...values: never[]) => unknown

/** Whether it takes all its arguments, whatever its length says. */
export function takesRest(fn: Fn): boolean {
  const text = sourceOf(fn)
  // one that names what it takes takes no more than that: compilers write `arguments` in handlers too, and so do messages
  return TAKES_REST.test(text) || (fn.length === 0 && USES_ARGUMENTS.test(text))
}

/** The names of what a function hands all its arguments to; none where it may call its `next` without an error. */
export function handedTo(fn: Fn): readonly string[] {
  const text = sourceOf(fn)
  if (takesRest(fn)) return namesIn(text, HANDS_REST)
  const [head = '', req, res, next] = TAKES_THREE.exec(text) ?? []
  if (req === undefined || res === undefined || next === undefined) return []
  const body = text.slice(head.length)
  const [first, second, third] = [req, res, next].map((name) => name.replaceAll('$', String.raw`\$`))
  const hands = new RegExp(
    String.raw`${NAME}\(\s{0,20}${first}\s{0,4},\s{0,20}${second}\s{0,4},\s{0,20}${third}\s{0,4},?\s{0,20}\)`,
    'g',
  )
  // `.catch(next)` and `next(error)` hand an error on, which no handler behind it gets
  const failing = new RegExp(
    String.raw`\.catch\(\s{0,20}${third}\s{0,4}\)|(?<![.\w$])${third}\(\s{0,20}[^\s)]`,
    'g',
  )
  const others = body.replace(hands, '').replace(failing, '')
  return new RegExp(String.raw`(?<![.\w$])${third}(?![\w$])`).test(others) ? [] : namesIn(body, hands)
}

function namesIn(text: string, pattern: RegExp): readonly string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))]
}

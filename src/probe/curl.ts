import type { Settings } from './options.js'
import { typeOf, type Sent } from './wire.js'

/** Header fields that anybody may see; the others may be secrets. */
const PUBLIC: readonly string[] = ['accept', 'content-type', 'accept-language', 'prefer']

/** The request as a command for a shell. */
export function curlOf({ url, headers }: Settings, { method, headers: own, body }: Sent): string {
  const given = Object.entries(headers).map(([name, value]) => [
    name,
    PUBLIC.includes(name.toLowerCase()) ? value : '…',
  ])
  const fields = [
    ...given,
    ...Object.entries(own),
    ...(body === undefined ? [] : Object.entries(typeOf(headers))),
  ]
  return [
    'curl -i',
    ...(method === 'GET' ? [] : [`-X ${method}`]),
    quoted(url.href),
    ...fields.map(([name = '', value = '']) => `-H ${quoted(`${titled(name)}: ${value}`)}`),
    ...(body === undefined ? [] : [`-d ${quoted(body)}`]),
  ].join(' ')
}

function titled(name: string): string {
  return name.replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase())
}

/** For sh: nothing within single quotes means anything. Control characters, which a terminal might obey, are left out. */
function quoted(text: string): string {
  // eslint-disable-next-line no-control-regex -- exactly these
  return `'${text.replace(/[\0-\x1f\x7f]/g, '').replaceAll("'", String.raw`'\''`)}'`
}

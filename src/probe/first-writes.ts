import { Inconclusive } from './inconclusive.js'
import type { Loss } from './result.js'
import { nameOf, type State } from './state.js'
import type { Target } from './target.js'
import { succeeded, type Answer } from './wire.js'

/** One write that must succeed, and one that names what the first has superseded, which must not. */
export async function firstWrites(target: Target, before: State): Promise<readonly Loss[]> {
  const { validator, bodies } = target
  const first = target.write(before)
  const answer = await target.send(first)
  if (!succeeded(answer)) throw new Inconclusive(whyRefused(target, before, answer))
  const after = await target.read()
  if (bodies.field !== undefined && after.json[bodies.field] === before.json[bodies.field])
    throw new Inconclusive(
      `the first write is answered with ${answer.status}, and GET shows ${bodies.field} as before: name another member (--field), or give a --body`,
    )
  if (nameOf(validator, before) === nameOf(validator, after))
    return [
      {
        kind: 'unmoved',
        detail: `a write was made, and the ${validator.kind === 'etag' ? 'ETag' : validator.member} is the same: whoever read the state before it overwrites it`,
        curl: target.curl(first),
      },
    ]
  const stale = target.write(before)
  const second = await target.send(stale)
  if (!succeeded(second)) return []
  return [
    {
      kind: 'ignored',
      detail: `a write that names a superseded state is answered with ${second.status}: nobody looks at what it names`,
      curl: target.curl(stale),
    },
  ]
}

function whyRefused({ settings, validator }: Target, { etag }: State, { status }: Answer): string {
  const answered = `a ${settings.method} that names the current state is answered with ${status}`
  if (status === 401 || status === 403) return `${answered}: send what it asks for, -H 'Authorization: …'`
  if (status === 404 || status === 405 || status === 501)
    return `${answered}: write with another method, --method PATCH`
  if (status === 400 || status === 415 || status === 422)
    return `${answered}: name a member that may be changed (--field), or give the body of a write (--body)`
  if (validator.kind === 'etag' && etag?.startsWith('W/') === true)
    return `${answered}: its ETag is weak, which If-Match must never accept (RFC 9110 §13.1.1). If a member of the body is the version, name it: --version-field`
  if (status === 428)
    return `${answered}: it asks for another precondition. If a member of the body is the version, name it: --version-field`
  return answered
}

import type { RuleResult } from './result.js'
import { RULES, complaint } from './rules.js'
import type { Target } from './target.js'
import { succeeded, type Sent } from './wire.js'

const STRONG = /^"[^"]*"$/

/** Each rule from a state of its own, for some of the writes succeed. Only of use where a strong entity tag is there. */
export async function tryRules(
  target: Target,
  onRule: (done: number, of: number) => void,
): Promise<readonly RuleResult[]> {
  const results: RuleResult[] = []
  for (const [index, { id, section, rule, asks, headers, wants }] of RULES.entries()) {
    onRule(index, RULES.length + 1)
    const state = await target.read()
    const { etag } = state
    if (etag === undefined || !STRONG.test(etag)) return results
    const fields = headers(etag, etag.slice(1, -1))
    const sent: Sent = asks === 'read' ? { method: 'GET', headers: fields } : target.write(state, fields)
    const wrong = complaint(wants, await target.send(sent), state)
    results.push({
      id,
      section,
      rule,
      outcome: wrong === undefined ? 'kept' : 'broken',
      detail: wrong ?? 'as it should be',
      curl: target.curl(sent),
    })
  }
  return [...results, await answeredTag(target)]
}

/** The tag on the answer of a write is that of the state it made: the next write may name it. */
async function answeredTag(target: Target): Promise<RuleResult> {
  const rule = {
    id: 'answered-tag',
    section: '8.8.3',
    rule: 'the ETag of a write’s answer names the state that it made',
  }
  const state = await target.read()
  const sent = target.write(state)
  const answer = await target.send(sent)
  const kept = (detail: string): RuleResult => ({ ...rule, outcome: 'kept', detail, curl: target.curl(sent) })
  if (!succeeded(answer)) return { ...kept(`answered with ${answer.status}`), outcome: 'broken' }
  if (answer.etag === undefined) return kept('it has none')
  const next = target.write(await target.read(), { 'if-match': answer.etag })
  const second = await target.send(next)
  if (succeeded(second)) return kept('as it should be')
  return {
    ...rule,
    outcome: 'broken',
    detail: `the next write with ${answer.etag} is answered with ${second.status}`,
    curl: target.curl(next),
  }
}

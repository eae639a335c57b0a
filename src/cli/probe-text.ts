import { printable } from '../core/printable.js'
import type { ProbePlan, ProbeResult, RaceResult, Validator } from '../probe/result.js'

const VERDICTS: Readonly<Record<ProbeResult['verdict'], string>> = {
  safe: 'Safe: no update was lost.',
  'loses-updates': 'It loses updates.',
  unknown: 'It could not be told.',
}

/** What is going to happen, for whoever has to agree to it. */
export function planText({ url, method, validator, field, writes }: ProbePlan): string {
  const what = field === undefined ? 'the body you gave' : `what is there now, with another ${field}`
  return [
    `This sends up to ${writes} ${method} requests to ${printable(url)}`,
    `and no other address. Each writes ${printable(what)}, and names ${named(validator)}.`,
    'In the end it puts back what was there. Do not do it where others are at work.',
    '',
  ].join('\n')
}

/** The result in plain words, with a small table. */
export function resultText(result: ProbeResult): string {
  const { verdict, why, validator, losses, race, rules, notes, restored, requests } = result
  const broken = rules.filter(({ outcome }) => outcome === 'broken')
  const lines = [
    '',
    VERDICTS[verdict],
    `${printable(why[0]?.toUpperCase() ?? '')}${printable(why.slice(1))}.`,
    ...losses.flatMap(({ curl }) => ['', 'The request that shows it:', `  ${printable(curl)}`]),
    '',
    ...table([
      ['a client names', validator === undefined ? 'nothing: there is no version to name' : named(validator)],
      ...(race === undefined ? [] : raceRows(race)),
      ...(rules.length === 0
        ? []
        : [['rules of RFC 9110', `${rules.length - broken.length} of ${rules.length} kept`]]),
      [
        'what was there before',
        restored === 'yes' ? 'is there again' : restored === 'no' ? 'is NOT there again' : 'was not touched',
      ],
      ['requests', String(requests)],
    ]),
    ...broken.flatMap(({ rule, section, detail, curl }) => [
      '',
      `Broken, RFC 9110 §${section}: ${rule}`,
      `  ${printable(detail)}`,
      `  ${printable(curl)}`,
    ]),
    ...notes.flatMap((note) => ['', printable(note)]),
  ]
  return `${lines.join('\n')}\n`
}

function raceRows({ writers, succeeded, answers }: RaceResult): string[][] {
  const most = Math.max(0, ...succeeded)
  const statuses = Object.entries(answers).map(
    ([status, count]) => `${status === '0' ? 'none' : status} × ${count}`,
  )
  return [
    [`${writers} writes at once`, `${most} succeed at most, in ${succeeded.length} rounds`],
    ['their answers', statuses.join(', ')],
  ]
}

function named(validator: Validator): string {
  return validator.kind === 'etag' ? 'the ETag (If-Match)' : `${printable(validator.member)}, in the body`
}

function table(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(...rows.map(([name = '']) => name.length))
  return rows.map(([name = '', value = '']) => `${name.padEnd(width)}   ${value}`)
}

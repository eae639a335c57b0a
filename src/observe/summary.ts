import type { ReportData } from './report-data.js'

/** What the report comes to, in one sentence. */
export function summaryOf(data: Omit<ReportData, 'summary'>): string {
  const { writes, refused, enforced, share } = data
  if (writes === 0) return 'No guarded write has been seen yet.'
  const were =
    enforced === 0 ? 'would have been' : enforced === refused ? 'were' : 'were, or would have been,'
  if (refused === 0) return `None of ${writesText(writes)} would have been refused.`
  return `${percent(share)} of writes (${number(refused)} of ${number(writes)}) ${were} refused: ${routesText(data)}, ${mostly(data)}.`
}

export function number(value: number): string {
  return value.toLocaleString('en')
}

export function percent(share: number): string {
  if (share > 0 && share < 0.001) return '< 0.1 %'
  return `${(share * 100).toLocaleString('en', { maximumFractionDigits: 1 })} %`
}

function writesText(writes: number): string {
  return writes === 1 ? '1 write' : `${number(writes)} writes`
}

const WORDS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']

function routesText({ routes, others }: Omit<ReportData, 'summary'>): string {
  const count = routes.filter(({ refused }) => refused > 0).length
  const text = WORDS[count] ?? number(count)
  const more = others.routes.refused > 0 ? 'more than ' : ''
  return `${more}${text} route${count === 1 && more === '' ? '' : 's'}`
}

/** What more than half of the refusals have in common. */
function mostly({ reasons, rivals }: Omit<ReportData, 'summary'>): string {
  const total = reasons.reduce((sum, { refused }) => sum + refused, 0)
  const half = (count: number) => count * 2 > total
  if (half(rivals.self)) return 'mostly the same client with itself'
  if (half(rivals.other)) return 'mostly clients with one another'
  if (half(rivals.unknown)) return 'mostly with somebody who is not known'
  const byCode = new Map<string, number>()
  for (const { code, refused } of reasons) byCode.set(code, (byCode.get(code) ?? 0) + refused)
  for (const [code, refused] of byCode) if (half(refused)) return `mostly ${PHRASES[code] ?? code}`
  return 'for several reasons'
}

const PHRASES: Readonly<Record<string, string>> = {
  'precondition-required': 'without a precondition',
  'version-conflict': 'with a version that is not current',
}

import type { Spread } from './pairs.js'

/** What a median must be for a goal to be met. */
export type Goal =
  | { readonly atMost: number }
  | { readonly atLeast: number }
  | { readonly within: readonly [number, number] }
  | { readonly none: true }

/** One line of the table. */
export interface Row {
  readonly what: string
  readonly against: string
  /** what the ratio, or the figure, is of: `CPU`, `throughput` */
  readonly of: string
  readonly goal: Goal
  readonly seen: Spread
  /** the baseline over itself; undefined where nothing is compared */
  readonly control?: Spread | undefined
  /** the figures behind it, with their units */
  readonly figures: string
}

export const COLUMNS = ['what', 'against', 'of', 'goal', 'seen (quartiles)', 'A/A', 'figures', 'met'] as const

export function cellsOf(row: Row): readonly string[] {
  const { what, against, of, goal, seen, control, figures } = row
  return [
    what,
    against,
    of,
    goalText(goal),
    spreadText(seen),
    control ? spreadText(control) : '',
    figures,
    met(row),
  ]
}

export function tableOf(rows: readonly Row[]): string {
  const lines = [COLUMNS, COLUMNS.map(() => '---'), ...rows.map(cellsOf)]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function met({ goal, seen: { median } }: Row): string {
  if ('none' in goal) return ''
  const { low, high } = bounds(goal)
  return median >= low && median <= high ? 'yes' : '**no**'
}

function bounds(goal: Exclude<Goal, { none: true }>): { readonly low: number; readonly high: number } {
  if ('within' in goal) return { low: goal.within[0], high: goal.within[1] }
  return 'atMost' in goal ? { low: -Infinity, high: goal.atMost } : { low: goal.atLeast, high: Infinity }
}

function goalText(goal: Goal): string {
  if ('none' in goal) return ''
  if ('within' in goal) return goal.within.map(short).join('–')
  return 'atMost' in goal ? `≤ ${short(goal.atMost)}` : `≥ ${short(goal.atLeast)}`
}

/** The median, and the quartiles around it. */
export function spreadText({ low, median, high }: Spread): string {
  return `${short(median)} (${short(low)}–${short(high)})`
}

/** Three digits that say something. */
export function short(figure: number): string {
  if (!Number.isFinite(figure)) return String(figure)
  if (Math.abs(figure) >= 100) return Math.round(figure).toLocaleString('en')
  return figure.toFixed(Math.abs(figure) >= 10 ? 1 : Math.abs(figure) >= 0.995 || figure === 0 ? 2 : 3)
}

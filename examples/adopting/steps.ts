/** The three steps from nothing to a version that every write must name. */
export const STEPS = {
  /** nothing is refused, and the report says what would be */
  observe: { mode: 'observe', required: true },
  /** a write that names a version is checked, one that names none is let through */
  offer: { mode: 'enforce', required: false },
  /** a write that names none is answered 428 */
  require: { mode: 'enforce', required: true },
} as const

export type Step = keyof typeof STEPS

/** A setting that can be changed without a release: `IF_MATCH=offer`. */
export function stepFrom(setting: string | undefined): Step {
  if (setting === undefined || setting === '') return 'observe'
  if (Object.hasOwn(STEPS, setting)) return setting as Step
  throw new Error(`IF_MATCH is ${setting}, and must be one of ${Object.keys(STEPS).join(', ')}`)
}

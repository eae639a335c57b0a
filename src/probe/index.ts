export { probe } from './probe.js'
export type { ProbeOptions } from './options.js'
export type {
  Loss,
  ProbePlan,
  ProbeProgress,
  ProbeResult,
  RaceResult,
  RuleResult,
  Validator,
  Verdict,
} from './result.js'

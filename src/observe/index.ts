export { enforceFor } from './enforce-for.js'
export type { EnforceForOptions } from './enforce-for.js'
export { report } from './report.js'
export type { Report } from './report.js'
export type { ReportOptions, RouterOptions, Who } from './options.js'
export type {
  Example,
  Finding,
  Part,
  ReasonPart,
  Remainder,
  ReportData,
  Rival,
  Rivals,
} from './report-data.js'

/*
 * HTTP-date (RFC 9110 §5.6.7). Its three forms have a fixed shape, and none of the patterns repeats without
 * a bound: they are done after 33 characters, however long the text is.
 */

const DAY = 'Mon|Tue|Wed|Thu|Fri|Sat|Sun'
const DAY_IN_FULL = 'Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday'
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const MONTH = `(?<month>${MONTHS.join('|')})`
const TIME = '(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)'

const IMF_FIXDATE = new RegExp(`^(?:${DAY}), (?<day>\\d\\d) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`)
const RFC850_DATE = new RegExp(`^(?:${DAY_IN_FULL}), (?<day>\\d\\d)-${MONTH}-(?<year>\\d\\d) ${TIME} GMT$`)
const ASCTIME_DATE = new RegExp(`^(?:${DAY}) ${MONTH} (?<day>\\d\\d| \\d) ${TIME} (?<year>\\d{4})$`)

/** The last moment at which two-digit years are those from 1970 to 2069, as most parsers have fixed them. */
const END_OF_2019 = Date.UTC(2020, 0, 1) - 1

/**
 * The moment that an HTTP-date names, in ms since the epoch; undefined where it is none, or not in the calendar.
 * Years of two digits are placed relative to `now`; without it, between 1970 and 2069.
 *
 * The name of the day is read and not compared with the date. The grammar does not relate them, §5.6.7 asks
 * for robust recipients, and a date that counts as invalid is ignored: it would take the guard off a write.
 */
export function parseHttpDate(text: string, now = END_OF_2019): number | undefined {
  const parts = IMF_FIXDATE.exec(text)?.groups ?? ASCTIME_DATE.exec(text)?.groups
  if (parts !== undefined) return momentOf(parts, Number(parts.year))
  const dated = RFC850_DATE.exec(text)?.groups
  return dated === undefined ? undefined : placed(dated, now)
}

/** A date as IMF-fixdate, the only form that is sent (§5.6.7); it has whole seconds, the fraction is cut off. */
export function formatHttpDate(ms: number): string {
  const text = new Date(ms).toUTCString()
  // 29 characters, or else the year has not four digits, or there is no such moment
  if (text.length !== 29) throw new RangeError(`${ms} ms is no moment between the years 0000 and 9999`)
  return text
}

type Parts = Readonly<Record<string, string>>

/** §5.6.7: more than 50 years ahead means the most recent year in the past with these two digits. */
function placed(parts: Parts, now: number): number | undefined {
  const present = new Date(now)
  const thisYear = present.getUTCFullYear()
  const year = thisYear - (thisYear % 100) + Number(parts.year)
  const moment = momentOf(parts, year)
  if (moment === undefined || moment <= present.setUTCFullYear(thisYear + 50)) return moment
  return momentOf(parts, year - 100)
}

function momentOf(parts: Parts, year: number): number | undefined {
  const day = Number(parts.day)
  const hour = Number(parts.hour)
  const minute = Number(parts.minute)
  const second = Number(parts.second)
  // 60 is a leap second, which the clocks of computers count as the first of the next minute
  if (hour > 23 || minute > 59 || second > 60) return undefined
  // not Date.UTC: it takes the years 0 to 99 for 1900 to 1999
  const date = new Date(0)
  date.setUTCFullYear(year, MONTHS.indexOf(String(parts.month)), day)
  // the 30th of February has become a day of March
  if (date.getUTCDate() !== day) return undefined
  return date.setUTCHours(hour, minute, second)
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatHttpDate, parseHttpDate } from '../../src/core/http-date.js'

const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37)
const at = (iso: string): number => Date.parse(iso)

const seconds = fc
  .integer({ min: at('0000-01-01T00:00:00Z') / 1000, max: at('9999-12-31T23:59:59Z') / 1000 })
  .map((second) => second * 1000)

/** The same moment in the forms that are obsolete. */
function asctime(ms: number): string {
  const [, day, date, month, year, time] = /^(\w+), (\d\d) (\w+) (\d+) (\S+)/.exec(formatHttpDate(ms))!
  return `${day} ${month} ${String(Number(date)).padStart(2)} ${time} ${year}`
}

function rfc850(ms: number): string {
  const day = new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: 'UTC' }).format(ms)
  const [, date, month, year, time] = /, (\d\d) (\w+) \d\d(\d\d) (\S+)/.exec(formatHttpDate(ms))!
  return `${day}, ${date}-${month}-${year} ${time} GMT`
}

describe('parseHttpDate', () => {
  it.each(['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])(
    'reads %s, the example of RFC 9110 §5.6.7',
    (text) => {
      expect(parseHttpDate(text)).toBe(EXAMPLE)
    },
  )

  it.each([
    ['Sat, 01 Jan 2000 00:00:00 GMT', '2000-01-01T00:00:00Z'],
    ['Sat, 01 Jan 2000 23:59:59 GMT', '2000-01-01T23:59:59Z'],
    ['Sat, 31 Dec 2016 23:59:60 GMT', '2017-01-01T00:00:00Z'],
    ['Thu, 29 Feb 2024 12:00:00 GMT', '2024-02-29T12:00:00Z'],
    ['Thu Feb 29 12:00:00 2024', '2024-02-29T12:00:00Z'],
    ['Sun Nov 06 08:49:37 1994', '1994-11-06T08:49:37Z'],
    ['Sat, 01 Jan 0000 00:00:00 GMT', '0000-01-01T00:00:00Z'],
    ['Fri, 01 Jan 0099 00:00:00 GMT', '0099-01-01T00:00:00Z'],
    ['Fri, 31 Dec 9999 23:59:59 GMT', '9999-12-31T23:59:59Z'],
    // the day of the week is wrong
    ['Mon, 06 Dec 2024 00:00:00 GMT', '2024-12-06T00:00:00Z'],
    ['Mon Dec  6 00:00:00 2024', '2024-12-06T00:00:00Z'],
    ['Monday, 06-Dec-24 00:00:00 GMT', '2024-12-06T00:00:00Z'],
  ])('reads %s', (text, iso) => {
    expect(parseHttpDate(text)).toBe(at(iso))
  })

  it.each([
    '',
    'foo',
    'sun, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 gmt',
    'SUN, 06 NOV 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 UTC',
    'Sun, 06 Nov 1994 08:49:37 +0000',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 94 08:49:37 GMT',
    'Sun, 06 Nov 1994 8:49:37 GMT',
    'Sun, 06 Nov 1994 08:49 GMT',
    'Sun, 06-Nov-94 08:49:37 GMT',
    'Sunday, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-1994 08:49:37 GMT',
    'Sun Nov 6 08:49:37 1994',
    'Sun Nov  6 08:49:37 94',
    'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT',
    '1994-11-06T08:49:37Z',
    '784111777000',
    // not in the calendar, not on the clock
    'Fri, 30 Feb 2024 00:00:00 GMT',
    'Wed, 29 Feb 2023 00:00:00 GMT',
    'Thu, 31 Apr 2024 00:00:00 GMT',
    'Thu, 00 Apr 2024 00:00:00 GMT',
    'Thu, 32 Jan 2024 00:00:00 GMT',
    'Thu Feb 30 00:00:00 2024',
    'Friday, 30-Feb-24 00:00:00 GMT',
    'Thu, 01 Foo 2024 00:00:00 GMT',
    'Sat, 01 Jan 2000 24:00:00 GMT',
    'Sat, 01 Jan 2000 00:60:00 GMT',
    'Sat, 01 Jan 2000 00:00:61 GMT',
  ])('refuses %j', (text) => {
    expect(parseHttpDate(text)).toBeUndefined()
  })

  it.each(['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])(
    'refuses anything before or behind %s',
    (text) => {
      for (const other of [` ${text}`, `${text} `, `x${text}`, `${text}x`, `${text}\n`]) {
        expect(parseHttpDate(other)).toBeUndefined()
      }
    },
  )

  it('reads whatever formatHttpDate writes, and the same in asctime', () => {
    fc.assert(
      fc.property(seconds, (ms) => {
        expect(parseHttpDate(formatHttpDate(ms))).toBe(ms)
        expect(parseHttpDate(asctime(ms))).toBe(ms)
      }),
    )
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), fc.integer(), (text, now) => void parseHttpDate(text, now)))
    expect(parseHttpDate('Sunday, 06-Nov-94 08:49:37 GMT', Number.NaN)).toBeUndefined()
  })
})

describe('a year of two digits', () => {
  const inYear = (digits: string): string => `Friday, 01-Mar-${digits} 00:00:00 GMT`

  it.each([
    // 50 years ahead and not a second more
    ['2024-03-01T00:00:00Z', '74', '2074'],
    ['2024-02-28T23:59:59Z', '74', '1974'],
    ['2024-03-01T00:00:00Z', '75', '1975'],
    ['2024-03-01T00:00:00Z', '24', '2024'],
    ['2024-03-01T00:00:00Z', '00', '2000'],
    ['2024-03-01T00:00:00Z', '99', '1999'],
    ['1999-12-31T00:00:00Z', '94', '1994'],
    ['1999-12-31T00:00:00Z', '00', '1900'],
    ['2100-01-01T00:00:00Z', '99', '2099'],
  ])('at %s, %s is %s', (now, digits, year) => {
    expect(parseHttpDate(inYear(digits), at(now))).toBe(at(`${year}-03-01T00:00:00Z`))
  })

  it('is between 1970 and 2069 where there is no clock', () => {
    expect(parseHttpDate('Thursday, 01-Jan-70 00:00:00 GMT')).toBe(0)
    expect(parseHttpDate('Tuesday, 31-Dec-69 23:59:59 GMT')).toBe(at('2069-12-31T23:59:59Z'))
  })

  it('is read back within fifty years on either side', () => {
    const now = at('2050-06-15T12:00:00Z')
    const near = fc.integer({
      min: at('2000-06-16T00:00:00Z') / 1000,
      max: at('2099-12-31T23:59:59Z') / 1000,
    })
    fc.assert(
      fc.property(near, (second) => {
        expect(parseHttpDate(rfc850(second * 1000), now)).toBe(second * 1000)
      }),
    )
  })
})

describe('formatHttpDate', () => {
  it('writes IMF-fixdate', () => {
    expect(formatHttpDate(EXAMPLE)).toBe('Sun, 06 Nov 1994 08:49:37 GMT')
    expect(formatHttpDate(at('0001-02-03T04:05:06Z'))).toBe('Sat, 03 Feb 0001 04:05:06 GMT')
  })

  it('cuts the fraction off, before 1970 too', () => {
    expect(formatHttpDate(EXAMPLE + 999)).toBe('Sun, 06 Nov 1994 08:49:37 GMT')
    expect(formatHttpDate(-1)).toBe('Wed, 31 Dec 1969 23:59:59 GMT')
  })

  it.each([Number.NaN, Infinity, at('9999-12-31T23:59:59Z') + 1000, at('0000-01-01T00:00:00Z') - 1])(
    'throws on %s, which four digits cannot hold',
    (ms) => {
      expect(() => formatHttpDate(ms)).toThrow(
        new RangeError(`${ms} ms is no moment between the years 0000 and 9999`),
      )
    },
  )
})

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?)?$/i
const RFC_822 =
  /^(?:[A-Z][a-z]{2},\s*)?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d:\d\d(?::\d\d)?) ([+-]\d{4}|GMT|UTC?)$/
const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec'

/**
 * Reads a date as sources write it: `2024-05-01`, `2024-05-01 10:00:00`, RFC 3339, or RFC 822 as in RSS.
 * Where no offset is given the time is taken as UTC. Comes out as RFC 3339 with an offset, fractions of a
 * second kept to the microsecond; null when it is no such date, a day that no calendar has, or when its offset
 * takes it out of the years 1 to 9999 UTC.
 */
export function toInstant(written: string): string | null {
  const match = ISO.exec(isoOf(written.trim()))
  if (match === null) return null
  const [, year = '', month = '', day = '', hour = '00', minute = '00', second = '00', fraction = ''] = match
  if (!isDay(Number(year), Number(month), Number(day))) return null
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null
  const offset = offsetOf(match[8] ?? 'Z')
  if (offset === null) return null
  const kept = fraction.slice(0, 7)
  const start = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${offset}`)
  // rounded as the database will: the last half millisecond of 9999 is in the year 10000
  if (!isInCalendar(start + Math.round(Number(`0${kept}`) * 1000))) return null
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${kept}${offset}`
}

function isoOf(written: string): string {
  const match = RFC_822.exec(written)
  if (match === null) return written
  const [, day = '', monthName = '', year, time, zone = ''] = match
  const month = MONTHS.indexOf(monthName) / 3 + 1
  return `${year}-${String(month).padStart(2, '0')}-${day.padStart(2, '0')} ${time}${/\d/.test(zone) ? zone : 'Z'}`
}

/** `Date` turns 30 February into 2 March, so the month must come back as it went in. Year 0 never was. */
function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return year > 0 && date.getUTCMonth() === month - 1
}

function isInCalendar(milliseconds: number): boolean {
  const year = new Date(milliseconds).getUTCFullYear()
  return year >= 1 && year <= 9999
}

function offsetOf(written: string): string | null {
  if (/^z$/i.test(written)) return 'Z'
  const [hours, minutes] = [written.slice(1, 3), written.slice(-2)]
  if (Number(hours) > 15 || Number(minutes) > 59) return null
  return `${written[0]}${hours}:${minutes}`
}

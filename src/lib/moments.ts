import { invalid } from './errors.ts'

/**
 * A moment as somebody wrote it (RFC 3339, any offset) in the one form that is kept and sent: UTC with milliseconds.
 * @throws VALIDATION_FAILED for what is no moment of the years 1 to 9999.
 */
export function readMoment(text: string, path: string): string {
  const time = Date.parse(text)
  const moment = Number.isNaN(time) ? '' : new Date(time).toISOString()
  if (!/^(?!0000)\d{4}-/.test(moment)) throw invalid(path, 'must be a moment of the years 1 to 9999')
  return moment
}

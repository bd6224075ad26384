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

/** How many bytes a moment takes within a token. */
export const MOMENT_BYTES = 6

/** Milliseconds since 1970 as six bytes, which is enough until the year 10889. */
export function bytesOfMoment(time: number): Buffer {
  const bytes = Buffer.alloc(MOMENT_BYTES)
  bytes.writeUIntBE(time, 0, MOMENT_BYTES)
  return bytes
}

/** The milliseconds that stand at `offset`. */
export const momentOfBytes = (bytes: Buffer, offset: number): number => bytes.readUIntBE(offset, MOMENT_BYTES)

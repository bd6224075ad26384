import { statfsSync } from 'node:fs'

/** Why the embedded database is not available: one sentence for the operator, saying what to do about it. */
export class EmbeddedPostgresError extends Error {
  override name = 'EmbeddedPostgresError'
}

/** The end of every sentence that has no better advice. */
export const USE_YOUR_OWN = 'set DATABASE_URL to use a PostgreSQL server of your own'

/** Nothing can be written. Passes without our doing, so whoever can wait tries again. */
export class DiskFullError extends EmbeddedPostgresError {}

const NO_ROOM = 64 * 1024

const KNOWN_CAUSES: [RegExp, string, typeof EmbeddedPostgresError][] = [
  [
    /ENOSPC|EDQUOT|No space left on device|Disk quota exceeded/i,
    `The disk is full, so the embedded database cannot be written: free some space, or ${USE_YOUR_OWN}.`,
    DiskFullError,
  ],
  [
    /could not look up effective user ID/i,
    'The user this process runs as has no entry in /etc/passwd, which the embedded database needs to be ' +
      `created: run as a named user, or ${USE_YOUR_OWN}.`,
    EmbeddedPostgresError,
  ],
]

/** The sentence for a cause that is recognised in a program's output, with that output kept as the cause. */
export function recognise(output: string): EmbeddedPostgresError | undefined {
  for (const [pattern, sentence, Kind] of KNOWN_CAUSES) {
    if (pattern.test(output)) return new Kind(sentence, { cause: output })
  }
  return undefined
}

/** The same for a server that writes its output to the disk which may be full: then there is none. */
export function recogniseFailure(output: string, dir: string): EmbeddedPostgresError | undefined {
  const { bavail, bsize } = statfsSync(dir)
  return recognise(bavail * bsize < NO_ROOM ? `${output}\nENOSPC` : output)
}

/** Whatever went wrong, as an error made for the operator. */
export function asEmbeddedPostgresError(error: unknown): EmbeddedPostgresError {
  if (error instanceof EmbeddedPostgresError) return error
  const reason = error instanceof Error ? error.message : String(error)
  return (
    recognise(reason) ??
    new EmbeddedPostgresError(
      `The embedded database could not be started (${reason}): put this right, or ${USE_YOUR_OWN}.`,
      { cause: error },
    )
  )
}

/** The last lines of a program's output, to be shown under a sentence. */
export function lastLines(output: string, count = 12): string {
  return output.trimEnd().split('\n').slice(-count).join('\n')
}

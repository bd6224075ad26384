/** Why the embedded database is not available: one sentence for the operator, saying what to do about it. */
export class EmbeddedPostgresError extends Error {
  override name = 'EmbeddedPostgresError'
}

/** The end of every sentence that has no better advice. */
export const USE_YOUR_OWN = 'set DATABASE_URL to use a PostgreSQL server of your own'

const KNOWN_CAUSES: [RegExp, string][] = [
  [
    /ENOSPC|No space left on device/i,
    `The disk is full, so the embedded database cannot be written: free some space, or ${USE_YOUR_OWN}.`,
  ],
  [
    /could not look up effective user ID/i,
    'The user this process runs as has no entry in /etc/passwd, which the embedded database needs to be ' +
      `created: run as a named user, or ${USE_YOUR_OWN}.`,
  ],
]

/** The sentence for a cause that is recognised in a program's output, with that output kept as the cause. */
export function recognise(output: string): EmbeddedPostgresError | undefined {
  const known = KNOWN_CAUSES.find(([pattern]) => pattern.test(output))
  return known && new EmbeddedPostgresError(known[1], { cause: output })
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

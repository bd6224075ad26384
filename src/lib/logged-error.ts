/**
 * An error as a log may hold it: what it is and where it came from, never its message, in which SQL, parameters
 * and whatever somebody sent may stand.
 */
export function loggedError(error: unknown): { name: string; code: unknown; frames: string | undefined } {
  const original = error instanceof Error ? error : new Error(typeof error)
  return { name: original.name, code: codeOf(original), frames: framesOf(original) }
}

/** The code of an error, such as a SQLSTATE, however deep it is wrapped; the innermost tells most. */
function codeOf(error: Error): unknown {
  let code: unknown
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause) code = cause.code
  }
  return code
}

/** The stack without the message. */
function framesOf({ message, stack = '' }: Error): string | undefined {
  const start = stack.indexOf(message)
  return start < 0 ? undefined : stack.slice(start + message.length).trim()
}

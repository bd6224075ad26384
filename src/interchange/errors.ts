/** The input as a whole cannot be read, or cannot be read any further. The message is one clear sentence. */
export class InputError extends Error {
  override readonly name = 'InputError'
}

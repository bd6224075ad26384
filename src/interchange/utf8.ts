import { InputError } from './errors.ts'

/** No UTF-8 sequence is longer than four bytes, so at most three of them wait for the next chunk. */
const LONGEST_WAIT = 3

/**
 * Decodes bytes as strict UTF-8, without a leading byte order mark.
 * Throws an InputError naming the byte and the line of the first sequence that is not UTF-8.
 */
export async function* decodeUtf8(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let bytes = 0
  let line = 1
  let tail: Uint8Array = new Uint8Array()
  for await (const chunk of chunks) {
    const text = attempt(() => decoder.decode(chunk, { stream: true }))
    if (text === null) throw notUtf8(tail, chunk, bytes, line)
    bytes += chunk.length
    line += countLineEnds(text)
    tail = Buffer.concat([tail, chunk.subarray(-LONGEST_WAIT)]).subarray(-LONGEST_WAIT)
    if (text !== '') yield text
  }
  if (attempt(() => decoder.decode()) === null) {
    throw new InputError(`The input ends in the middle of a character (byte ${bytes}, line ${line}).`)
  }
}

function attempt(decode: () => string): string | null {
  try {
    return decode()
  } catch {
    return null
  }
}

/** A decoder does not say where it failed: the bytes around are decoded again, one by one. */
function notUtf8(tail: Uint8Array, chunk: Uint8Array, bytesBefore: number, lineBefore: number): InputError {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const suspect = Buffer.concat([tail, chunk])
  let line = lineBefore
  let at = firstSequence(tail)
  for (; at < suspect.length; at += 1) {
    const text = attempt(() => decoder.decode(suspect.subarray(at, at + 1), { stream: true }))
    if (text === null) break
    if (text === '\n' && at >= tail.length) line += 1
  }
  const byte = bytesBefore - tail.length + at + 1
  return new InputError(`The input is not UTF-8 text (byte ${byte}, line ${line}).`)
}

/** The tail may begin inside a character that was decoded long ago. */
function firstSequence(tail: Uint8Array): number {
  const start = tail.findIndex((byte) => (byte & 0xc0) !== 0x80)
  return start === -1 ? tail.length : start
}

function countLineEnds(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1
  return count
}

import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { InputError } from './errors.ts'

/**
 * Passes bytes on as they are, or unpacked when they begin like gzip.
 * Throws an InputError when the packed bytes are damaged or end too early.
 */
export async function* gunzipped(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]()
  const head = await takeTwo(source)
  const all = rest(head, source)
  yield* isGzip(head) ? unpack(all) : all
}

function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b
}

async function takeTwo(source: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array()
  while (head.length < 2) {
    const next = await source.next()
    if (next.done) break
    head = Buffer.concat([head, next.value])
  }
  return head
}

async function* rest(head: Uint8Array, source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head
    for (let next = await source.next(); !next.done; next = await source.next()) yield next.value
  } finally {
    await source.return?.()
  }
}

async function* unpack(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip()
  // The callback is needed for the form that destroys both ends; the error itself reaches the loop below.
  pipeline(Readable.from(packed, { objectMode: false }), gunzip, () => {})
  try {
    for await (const chunk of gunzip) yield chunk
  } catch (error) {
    throw zlibSentence(error) ?? error
  }
}

function zlibSentence(error: unknown): InputError | null {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'Z_BUF_ERROR') return new InputError('The gzip data ends too early: the file is cut off.')
  if (typeof code === 'string' && code.startsWith('Z_')) return new InputError('The gzip data is damaged.')
  return null
}

import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { InputError } from './errors.ts'
import { gunzipped } from './gunzip.ts'
import { decodeUtf8 } from './utf8.ts'

export interface Input {
  /** Unpacked and decoded; reading it throws an InputError where the bytes are not what they should be. */
  text: AsyncIterable<string>
  /** Size as stored (packed, for gzip); null when unknown, as for standard input. */
  bytes: number | null
  /** Stored bytes consumed so far: together with `bytes`, what a progress bar shows. */
  read(): number
}

/**
 * Opens a file, or standard input for `-`; either may be packed with gzip, which its first bytes tell.
 * Throws an InputError, one clear sentence, when there is no such file or it cannot be read.
 */
export async function openInput(
  path: string,
  stdin: AsyncIterable<Uint8Array> = process.stdin,
): Promise<Input> {
  if (path === '-') return inputOf(stdin, null)
  const file = await openFile(path)
  const { size } = await file.stat()
  return inputOf(createReadStream('', { fd: file }), size)
}

function inputOf(source: AsyncIterable<Uint8Array>, bytes: number | null): Input {
  let consumed = 0
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      consumed += chunk.length
      yield chunk
    }
  }
  return { text: decodeUtf8(gunzipped(counted())), bytes, read: () => consumed }
}

async function openFile(path: string): Promise<FileHandle> {
  const file = await open(path).catch((error: unknown) => {
    throw openSentence(path, error)
  })
  if ((await file.stat()).isDirectory()) {
    await file.close()
    throw new InputError(`"${path}" is a directory, not a file.`)
  }
  return file
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EISDIR: 'is a directory, not a file',
  EACCES: 'may not be read: permission denied',
  EPERM: 'may not be read: permission denied',
}

function openSentence(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = REASONS[code]
  return reason === undefined ? error : new InputError(`"${path}" ${reason}.`)
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { InputError } from '../../../src/interchange/errors.ts'
import { openInput } from '../../../src/interchange/input.ts'
import { decodeUtf8 } from '../../../src/interchange/utf8.ts'
import { chunked, collect, cut, gzipped } from './support.ts'

const TEXT = 'Grüße, 世界 🌍\nsecond line\n'
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'broadsheet-input-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

async function readStdin(bytes: Uint8Array, sizes: readonly number[] = []): Promise<string> {
  const input = await openInput('-', chunked(cut(bytes, sizes)))
  return (await collect(input.text)).join('')
}

describe('openInput', () => {
  test('reads a file and tells how far it is', async () => {
    const input = await openInput(await file('plain.txt', TEXT))
    expect(input.bytes).toBe(Buffer.byteLength(TEXT))
    expect(input.read()).toBe(0)
    expect((await collect(input.text)).join('')).toBe(TEXT)
    expect(input.read()).toBe(input.bytes)
  })

  test('unpacks gzip whatever the name, and counts packed bytes', async () => {
    const packed = gzipped(TEXT.repeat(1000))
    const input = await openInput(await file('packed.json', packed))
    expect((await collect(input.text)).join('')).toBe(TEXT.repeat(1000))
    expect([input.bytes, input.read()]).toEqual([packed.length, packed.length])
  })

  test('standard input has no size and may be packed, in chunks of any size', async () => {
    expect((await openInput('-', chunked([]))).bytes).toBeNull()
    for (const bytes of [new TextEncoder().encode(TEXT), gzipped(TEXT)]) {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 30 }), async (sizes) => {
          expect(await readStdin(bytes, sizes)).toBe(TEXT)
        }),
        { numRuns: 40 },
      )
    }
  })

  test.each([
    ['missing.txt', 'does not exist'],
    ['', 'is a directory, not a file'],
  ])('says what is wrong with "%s"', async (name, reason) => {
    const path = join(folder, name)
    await expect(openInput(path)).rejects.toThrow(new InputError(`"${path}" ${reason}.`))
  })

  test('an empty file is an empty text', async () => {
    expect(await collect((await openInput(await file('empty', ''))).text)).toEqual([])
  })

  test('gzip that is cut off or damaged is an InputError, after what was readable', async () => {
    const packed = gzipped(TEXT.repeat(1000))
    await expect(readStdin(packed.slice(0, -20))).rejects.toThrow(/gzip data ends too early/)
    const damaged = packed.slice()
    damaged.fill(0xff, 12, 40)
    await expect(readStdin(damaged)).rejects.toThrow(InputError)
    await expect(readStdin(damaged)).rejects.toThrow(/gzip data is damaged/)
  })

  test('an error of the source reaches the reader, packed or not', async () => {
    async function* broken(head: Uint8Array): AsyncGenerator<Uint8Array> {
      yield head
      throw new Error('disk on fire')
    }
    for (const head of [new TextEncoder().encode(TEXT), gzipped(TEXT).slice(0, 15)]) {
      const input = await openInput('-', broken(head))
      await expect(collect(input.text)).rejects.toThrow('disk on fire')
    }
  })
})

describe('decodeUtf8', () => {
  const decode = async (bytes: Uint8Array, sizes: number[] = []) =>
    (await collect(decodeUtf8(chunked(cut(bytes, sizes))))).join('')

  test('leaves out a byte order mark at the start only', async () => {
    expect(await decode(new TextEncoder().encode('\ufeffa\ufeffb'), [1, 1])).toBe('a\ufeffb')
  })

  test('names the byte and the line, in any chunking', async () => {
    const bytes = Buffer.concat([Buffer.from('é世\n世\n'), Buffer.from([0x61, 0xff]), Buffer.from('\n\n')])
    const at = Buffer.from('é世\n世\n').length + 2
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 12 }), async (sizes) => {
        const expected = new InputError(`The input is not UTF-8 text (byte ${at}, line 3).`)
        await expect(decode(bytes, sizes)).rejects.toThrow(expected)
      }),
    )
  })

  test('an end in the middle of a character is an error', async () => {
    await expect(decode(Buffer.from('ab\n€').subarray(0, -1))).rejects.toThrow(
      /middle of a character.*line 2/,
    )
  })
})

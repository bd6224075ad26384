import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  killOutright,
  killWatchdog,
  readNotes,
  refusal,
  startIn,
  startOwnerProcess,
  temporaryDirectory,
  writeNote,
} from './support.ts'

test('a directory may have any name: its database is made, found, and taken over', async () => {
  const dir = join(temporaryDirectory(), `-D it's "a", $HOME \`id\` %s \\ ünï–🙂 (x);&|`, 'data')
  const owner = await startOwnerProcess(dir)
  await writeNote(owner.said, 'kept')
  killWatchdog(owner, dir)
  await killOutright(owner)
  const next = await startIn(dir)
  expect(next.url).toBe(owner.said)
  expect(next.lines.join()).toContain('Stopped the embedded database that an earlier run left behind')
  expect(await readNotes(next.url)).toEqual(['kept'])
})

test('a link is followed, and the database is one under all of its names', async () => {
  const parent = temporaryDirectory()
  const [target, link] = [join(parent, 'target'), join(parent, 'link')]
  mkdirSync(target)
  symlinkSync(target, link)
  const first = await startIn(link)
  expect(first.dir).toBe(target)
  expect(await refusal(target)).toMatch(/in use by another Broadsheet/)
  expect(await refusal(link)).toMatch(/in use by another Broadsheet/)
})

/** A path of that many bytes. */
function pathOfLength(length: number): string {
  let path = temporaryDirectory()
  while (Buffer.byteLength(path) < length) {
    path = join(path, 'x'.repeat(Math.max(1, Math.min(200, length - Buffer.byteLength(path) - 1))))
  }
  return path
}

test('the longest path that is let through works', async () => {
  const dir = pathOfLength(900)
  expect(Buffer.byteLength(dir)).toBe(900)
  const { url } = await startIn(dir)
  await writeNote(url, 'deep down')
})

/** A place where nothing may be made: root is kept out of few. */
function closedPlace(): string {
  if (process.getuid?.() === 0) return join('/sys', 'broadsheet')
  const parent = temporaryDirectory()
  chmodSync(parent, 0o555)
  onTestFinished(() => chmodSync(parent, 0o755))
  return join(parent, 'data')
}

const unusable: [string, (parent: string) => string, RegExp][] = [
  ['a file', (parent) => join(parent, 'file'), /that is no directory/],
  ['below a file', (parent) => join(parent, 'file', 'data'), /what it names as a directory is none/],
  ['a link to nowhere', (parent) => join(parent, 'astray'), /it cannot be made; a link may lead nowhere/],
  ['a link to itself', (parent) => join(parent, 'circle', 'data'), /its links lead in a circle/],
  ['too long a name', (parent) => join(parent, 'x'.repeat(300)), /its name is too long for the system/],
  ['too long a path', () => pathOfLength(901), /its path is too long for PostgreSQL/],
  ['a closed place', closedPlace, /this user may not write there/],
]

test.each(unusable)(
  '%s is refused in a sentence that says why, and nothing is made',
  async (_, place, why) => {
    const parent = temporaryDirectory()
    writeFileSync(join(parent, 'file'), '')
    symlinkSync(join(parent, 'nowhere'), join(parent, 'astray'))
    symlinkSync('circle', join(parent, 'circle'))
    const dir = place(parent)
    const message = await refusal(dir)
    expect(message).toMatch(
      /^The embedded database cannot be kept in .*: .*\. Put this right, set DATA_DIR to another directory, or set DATABASE_URL to use a PostgreSQL server of your own\.$/,
    )
    expect(message).toMatch(why)
    expect(message).toContain(dir)
    expect(readdirSync(parent).sort()).toEqual(['astray', 'circle', 'file'])
    expect(existsSync(join(dirname(dir), 'claims'))).toBe(false)
  },
)

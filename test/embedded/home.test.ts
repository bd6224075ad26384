import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { settleHome } from '../../src/embedded/home.ts'
import { readNotes, startIn, temporaryDirectory, writeNote } from './support.ts'

const isRoot = process.getuid?.() === 0

/** A wanted place that root alone can get to. */
function privateDirectory(): string {
  const parent = temporaryDirectory()
  chmodSync(parent, 0o700)
  return join(parent, 'data')
}

function settled(wanted: string): { dir: string; lines: string[] } {
  const lines: string[] = []
  const { dir } = settleHome(wanted, (line) => lines.push(line))
  if (dir !== wanted) onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return { dir, lines }
}

test('data wanted under a private directory is kept there, but for root, who keeps it elsewhere', async () => {
  const wanted = privateDirectory()
  const { dir, lines } = settled(wanted)
  expect(dirname(dir)).toBe(isRoot ? '/var/lib/broadsheet' : dirname(wanted))
  expect(lines).toHaveLength(isRoot ? 1 : 0)

  const database = await startIn(wanted)
  expect(database.dir).toBe(dir)
  expect(existsSync(join(dir, 'pgdata', 'PG_VERSION'))).toBe(true)
  expect(statSync(dir).mode & 0o777).toBe(0o700)
  await writeNote(database.url, 'kept')
  await database.stop()

  chmodSync(dirname(wanted), 0o755)
  const again = await startIn(wanted)
  expect(again.dir).toBe(dir)
  expect(await readNotes(again.url)).toEqual(['kept'])
})

test('data that is there already is never passed over for an empty place elsewhere', () => {
  const wanted = privateDirectory()
  mkdirSync(join(wanted, 'pgdata'), { recursive: true })
  if (isRoot) expect(() => settled(wanted)).toThrow(/cannot be reached by .* chmod o\+x, or set DATABASE_URL/)
  else expect(settled(wanted).dir).toBe(wanted)
})

test('root steps down to the user whose data it is', () => {
  const dir = temporaryDirectory()
  mkdirSync(join(dir, 'pgdata'))
  if (isRoot) chownSync(join(dir, 'pgdata'), 12345, 54321)
  const { account } = settleHome(dir, () => {})
  expect(account.ids).toEqual(isRoot ? { uid: 12345, gid: 54321 } : {})
  expect(statSync(dir).uid).toBe(isRoot ? 12345 : process.getuid?.())
})

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { settlePort } from '../../src/embedded/access.ts'
import type { Home } from '../../src/embedded/home.ts'
import { claimDatabase, liveOwner } from '../../src/embedded/owner.ts'
import { postgresInside } from '../../src/embedded/processes.ts'
import { readNotes, refusal, startIn, temporaryDirectory, writeNote } from './support.ts'

function homeIn(dir: string): Home {
  return { dir, account: { name: 'tester', ids: {} } }
}

/** What a power cut, a full disk or a hand may have left in the small files beside the data. */

async function usedDirectory(): Promise<string> {
  const dir = temporaryDirectory()
  const { url, stop } = await startIn(dir)
  await writeNote(url, 'kept')
  await stop()
  return dir
}

test.each(['', '{"pid":', 'null', '7', '{}', '\0\0\0'])(
  'owner.json holding %j owns nothing',
  async (text) => {
    const home = homeIn(temporaryDirectory())
    writeFileSync(join(home.dir, 'owner.json'), text)
    expect(liveOwner(home.dir)).toBeUndefined()
    expect(await claimDatabase(home)).toHaveProperty('claim')
  },
)

test('a damaged owner.json of a live owner does not let a second one in', async () => {
  const dir = temporaryDirectory()
  const { url } = await startIn(dir)
  writeFileSync(join(dir, 'owner.json'), '{"pid":')
  expect(await refusal(dir)).toMatch(
    new RegExp(`being opened by process ${process.pid}, which does not get on`),
  )
  await writeNote(url, 'undisturbed')
})

test('what lies among the claims and is none neither owns nor disturbs', async () => {
  const dir = temporaryDirectory()
  const rubbish = ['.DS_Store', '0-', '1', `${process.pid}-`, `${process.pid}--notes.txt`, 'directory']
  mkdirSync(join(dir, 'claims', 'directory'), { recursive: true })
  for (const name of rubbish.slice(0, -1)) writeFileSync(join(dir, 'claims', name), '')
  const { stop } = await startIn(dir)
  await stop()
  expect(readdirSync(join(dir, 'claims')).sort()).toEqual(rubbish.sort())
})

test.each(['', 'many', '99999', '80', '-1', '20000.5', '1e9', '\0\0'])('port %j is none', async (text) => {
  const home = homeIn(temporaryDirectory())
  writeFileSync(join(home.dir, 'port'), text)
  const port = await settlePort(home, () => {})
  expect(port).toBeGreaterThanOrEqual(20_000)
  expect(port).toBeLessThan(30_000)
  expect(readFileSync(join(home.dir, 'port'), 'utf8')).toBe(`${port}\n`)
})

test('a wrong password is told by the name of its file, and leaves nothing running', async () => {
  const dir = await usedDirectory()
  const right = readFileSync(join(dir, 'password'))
  writeFileSync(join(dir, 'password'), 'another\n')
  expect(await refusal(dir)).toBe(
    `${dir}/password does not hold the password of the database beside it: put the right one back, ` +
      'or set DATABASE_URL to use a PostgreSQL server of your own.',
  )
  expect(postgresInside(join(dir, 'pgdata'))).toEqual([])
  writeFileSync(join(dir, 'password'), right)
  expect(await readNotes((await startIn(dir)).url)).toEqual(['kept'])
})

test('a password of the operator is used as it is', async () => {
  const dir = temporaryDirectory()
  writeFileSync(join(dir, 'password'), 'p@ss/w:rd?#%41 é\n')
  const { url } = await startIn(dir)
  await writeNote(url, 'opened')
  expect(await readNotes(url)).toEqual(['opened'])
})

test('a lock of the server that holds no pid is removed', async () => {
  const dir = await usedDirectory()
  for (const text of ['', 'rubbish\n', '\0\0\0\0']) {
    writeFileSync(join(dir, 'pgdata', 'postmaster.pid'), text)
    const { lines, stop } = await startIn(dir)
    expect(lines).toEqual([
      'Removed the lock of an embedded database that no longer runs (process 0 is none)',
    ])
    await stop()
  }
  expect(await readNotes((await startIn(dir)).url)).toEqual(['kept'])
})

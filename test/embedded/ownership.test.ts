import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Home } from '../../src/embedded/home.ts'
import { type Claim, claimDatabase } from '../../src/embedded/owner.ts'
import { startMark } from '../../src/embedded/processes.ts'
import {
  killOutright,
  readNotes,
  refusal,
  startIn,
  startOwnerProcess,
  temporaryDirectory,
  writeNote,
} from './support.ts'

function homeIn(dir: string): Home {
  return { dir, account: { name: 'tester', ids: {} } }
}

async function claimIn(dir: string): Promise<Claim> {
  const result = await claimDatabase(homeIn(dir))
  if ('claim' in result) return result.claim
  throw new Error(`owned by ${result.owner.pid}`)
}

test('a second server is refused by a sentence that names the first', async () => {
  const dir = temporaryDirectory()
  const owner = await startOwnerProcess(dir)
  await writeNote(owner.said, 'undisturbed')
  expect(await refusal(dir)).toBe(
    `The embedded database in ${dir} is in use by another Broadsheet, process ${owner.pid}: ` +
      'stop that first, or set DATABASE_URL to use a PostgreSQL server of your own.',
  )
  expect(await readNotes(owner.said)).toEqual(['undisturbed'])
})

test('a command uses the database of a running server and leaves it running', async () => {
  const dir = temporaryDirectory()
  const owner = await startIn(dir)
  const guest = await startIn(dir, { whenOwned: 'share' })
  expect(guest).toMatchObject({ url: owner.url, dir: owner.dir, owned: false })
  await writeNote(guest.url, 'from the guest')
  await guest.stop()
  expect(await readNotes(owner.url)).toEqual(['from the guest'])
})

test('a command waits for a server that is just starting, and owns the database where there is none', async () => {
  const dir = temporaryDirectory()
  const both = await Promise.all([startIn(dir, { whenOwned: 'share' }), startIn(dir, { whenOwned: 'share' })])
  const owner = both.find(({ owned }) => owned)
  const guest = both.find(({ owned }) => !owned)
  expect(guest?.url).toBe(owner?.url)
  await writeNote(guest?.url ?? '', 'shared')
})

test('of several processes that start at once, one gets the database', async () => {
  const dir = temporaryDirectory()
  const processes = await Promise.all([1, 2, 3].map(() => startOwnerProcess(dir)))
  const owners = processes.filter(({ said }) => said.startsWith('postgres://'))
  expect(owners).toHaveLength(1)
  const refused = processes.filter(({ said }) => said.includes(`process ${owners[0]?.pid}: stop that first`))
  expect(refused).toHaveLength(2)
})

test('of many contenders, one claims the database', async () => {
  const dir = temporaryDirectory()
  const results = await Promise.all(Array.from({ length: 12 }, () => claimDatabase(homeIn(dir))))
  expect(results.filter((result) => 'claim' in result)).toHaveLength(1)
})

test('a claim that was released is free for the next', async () => {
  const dir = temporaryDirectory()
  const first = await claimIn(dir)
  await expect(claimIn(dir)).rejects.toThrow(`owned by ${process.pid}`)
  first.release()
  await expect(claimIn(dir)).resolves.toBeDefined()
})

test('the claim of a process that was killed, or whose pid has gone to another, does not count', async () => {
  const dir = temporaryDirectory()
  const killed = await startOwnerProcess(temporaryDirectory())
  const mark = startMark(killed.pid)
  mkdirSync(join(dir, 'claims'))
  writeFileSync(join(dir, 'claims', `${killed.pid}-${mark}-00000000`), '')
  writeFileSync(join(dir, 'claims', `${process.pid}-1-00000000`), '')
  await killOutright(killed)
  await expect(claimIn(dir)).resolves.toBeDefined()
})

import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { isAlive, postgresInside } from '../../src/embedded/processes.ts'
import {
  eventually,
  killOutright,
  postmasterPid,
  readNotes,
  startIn,
  startOwnerProcess,
  temporaryDirectory,
  writeNote,
} from './support.ts'

function childrenOf(parent: number): number[] {
  const table = execFileSync('ps', ['-axo', 'pid=,ppid='], { encoding: 'utf8' })
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  return rows.filter(([, ppid]) => ppid === parent).map(([pid]) => Number(pid))
}

/** A program that has nothing to do with the database, run by the account that the database is run by. */
function startBystander(dir: string): number {
  const { uid, gid } = statSync(join(dir, 'pgdata'))
  const bystander = spawn('sleep', ['600'], process.getuid?.() === 0 ? { uid, gid } : {})
  onTestFinished(() => {
    bystander.kill()
  })
  return bystander.pid ?? 0
}

test('an application killed outright takes its database down with it, and loses nothing', async () => {
  const dir = temporaryDirectory()
  const owner = await startOwnerProcess(dir)
  await writeNote(owner.said, 'survives')
  const postmaster = postmasterPid(dir)
  await killOutright(owner)
  await eventually(() => !isAlive(postmaster))

  const next = await startIn(dir)
  expect(next.url).toBe(owner.said)
  expect(await readNotes(next.url)).toEqual(['survives'])
})

test('a server left behind because its watchdog was killed too is stopped by the next start', async () => {
  const dir = temporaryDirectory()
  const owner = await startOwnerProcess(dir)
  await writeNote(owner.said, 'survives')
  const postmaster = postmasterPid(dir)
  for (const watchdog of childrenOf(owner.pid).filter((pid) => pid !== postmaster)) {
    process.kill(watchdog, 'SIGKILL')
  }
  await killOutright(owner)
  expect(isAlive(postmaster)).toBe(true)

  const next = await startIn(dir)
  expect(next.lines).toEqual([
    `Stopped the embedded database that an earlier run left behind (process ${postmaster})`,
  ])
  expect(isAlive(postmaster)).toBe(false)
  expect(await readNotes(next.url)).toEqual(['survives'])
})

test('a durable server that is killed comes back by itself, on the same url, and has lost nothing', async () => {
  const dir = temporaryDirectory()
  const { url, lines } = await startIn(dir, { durable: true })
  await writeNote(url, 'survives')
  const killed = postmasterPid(dir)
  process.kill(killed, 'SIGKILL')
  await eventually(() => lines.includes('The embedded database is back'))
  expect(lines).toContain('The embedded database ended unexpectedly (signal SIGKILL); starting it again')
  expect(postmasterPid(dir)).not.toBe(killed)
  expect(await readNotes(url)).toEqual(['survives'])
})

test('a server that fails again and again stays down in the end, and can still be stopped', async () => {
  const dir = temporaryDirectory()
  const { lines, stop } = await startIn(dir)
  const returns = () => lines.filter((line) => line === 'The embedded database is back').length
  const gaveUp = () => lines.some((line) => line.includes('failed 5 times within a minute and stays down'))
  for (let failure = 1; failure <= 5; failure += 1) {
    process.kill(postmasterPid(dir), 'SIGKILL')
    await eventually(() => returns() === failure || gaveUp())
  }
  expect(returns()).toBe(4)
  expect(gaveUp()).toBe(true)
  await stop()
  expect(await startIn(dir)).toMatchObject({ owned: true })
})

test('stopping while the server is being revived leaves nothing running', async () => {
  const dir = temporaryDirectory()
  const lock = join(dir, 'pgdata', 'postmaster.pid')
  const { stop } = await startIn(dir)
  const killed = postmasterPid(dir)
  process.kill(killed, 'SIGKILL')
  await eventually(() => existsSync(lock) && postmasterPid(dir) !== killed)
  await stop()
  expect(existsSync(lock)).toBe(false)
  expect(postgresInside(join(dir, 'pgdata'))).toEqual([])
})

test('what a killed initdb left is removed and never taken for a database', async () => {
  const dir = temporaryDirectory()
  const leftover = join(dir, 'pgdata.init-4711')
  mkdirSync(leftover)
  writeFileSync(join(leftover, 'PG_VERSION'), '18\n')
  const { url } = await startIn(dir)
  await writeNote(url, 'works')
  expect(existsSync(leftover)).toBe(false)
})

test('a stale lock whose pid now belongs to another program is removed, and the program left alone', async () => {
  const dir = temporaryDirectory()
  const first = await startIn(dir)
  await writeNote(first.url, 'survives')
  const lock = readFileSync(join(dir, 'pgdata', 'postmaster.pid'), 'utf8')
  await first.stop()
  const bystander = startBystander(dir)
  writeFileSync(join(dir, 'pgdata', 'postmaster.pid'), lock.replace(/^\d+/, String(bystander)))

  const second = await startIn(dir)
  expect(second.lines).toHaveLength(1)
  expect(second.lines[0]).toContain('Removed the lock of an embedded database that no longer runs')
  expect(await readNotes(second.url)).toEqual(['survives'])
  expect(isAlive(bystander)).toBe(true)
})

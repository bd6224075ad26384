import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { isAlive, isListed, postgresInside, until } from '../../src/embedded/processes.ts'
import {
  eventually,
  killOutright,
  killWatchdog,
  launchOwnerProcess,
  postmasterPid,
  readNotes,
  refusal,
  startIn,
  startOwnerProcess,
  temporaryDirectory,
  writeNote,
} from './support.ts'

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
  killWatchdog(owner, dir)
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

test('a lock whose pid is a zombie, for nobody reaps it, is removed', async () => {
  const dir = temporaryDirectory()
  const first = await startIn(dir)
  const lock = readFileSync(join(dir, 'pgdata', 'postmaster.pid'), 'utf8')
  await first.stop()
  const zombie = await makeZombie()
  writeFileSync(join(dir, 'pgdata', 'postmaster.pid'), lock.replace(/^\d+/, String(zombie)))
  const second = await startIn(dir)
  expect(second.lines.join()).toContain(`process ${zombie} is none`)
})

/** A child that has ended, of a parent that does not ask for it. */
async function makeZombie(): Promise<number> {
  const parent = spawn('/bin/sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 600'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  onTestFinished(() => {
    parent.kill()
  })
  const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)))
  await eventually(() => isListed(pid) && !isAlive(pid))
  return pid
}

test('an application and all of its Postgres killed at once lose nothing', async () => {
  const dir = temporaryDirectory()
  const owner = await startOwnerProcess(dir, 'durable')
  await writeNote(owner.said, 'survives')
  killWatchdog(owner, dir)
  for (const pid of postgresInside(join(dir, 'pgdata'))) process.kill(pid, 'SIGKILL')
  await killOutright(owner)
  const next = await startIn(dir)
  expect(next.url).toBe(owner.said)
  expect(await readNotes(next.url)).toEqual(['survives'])
})

test('an application killed while its server starts leaves none running', { timeout: 120_000 }, async () => {
  const dir = temporaryDirectory()
  await (await startIn(dir)).stop()
  const lock = join(dir, 'pgdata', 'postmaster.pid')
  const noneIsLeft = async (): Promise<boolean> => {
    const owner = launchOwnerProcess(dir)
    await eventually(() => existsSync(lock) && postmasterPid(dir) > 0, 1)
    await killOutright(owner)
    const none = await until(() => postgresInside(join(dir, 'pgdata')).length === 0, 5_000)
    // killed in the instant between the server and its watchdog it does leave one, for the next start to stop
    await (await startIn(dir)).stop()
    return none
  }
  let clean = false
  for (let attempt = 0; attempt < 5 && !clean; attempt++) clean = await noneIsLeft()
  expect(clean).toBe(true)
})

function draftsIn(dir: string): string[] {
  return readdirSync(dir).filter((name) => name.startsWith('pgdata.init-'))
}

function initdbOf(dir: string): number[] {
  const table = execFileSync('ps', ['-axo', 'pid=,args='], { encoding: 'utf8' })
  const lines = table.split('\n').filter((line) => line.includes('initdb') && line.includes(`-D ${dir}/`))
  return lines.map((line) => Number.parseInt(line, 10))
}

test.each(['SIGKILL', 'SIGSTOP', 'SIGCONT'] as const)(
  'an application killed in the middle of initdb, which meets with %s, is no matter to the next start',
  async (signal) => {
    const dir = temporaryDirectory()
    const owner = launchOwnerProcess(dir)
    await eventually(
      () => existsSync(dir) && draftsIn(dir).some((draft) => readdirSync(join(dir, draft)).length > 2),
    )
    await killOutright(owner)
    const orphans = initdbOf(dir)
    for (const pid of orphans) process.kill(pid, signal)
    const { url, stop } = await startIn(dir)
    await writeNote(url, 'works')
    await stop()

    // one that was only held up goes on now, and finds nothing to spoil
    for (const pid of orphans.filter(isAlive)) process.kill(pid, 'SIGCONT')
    await eventually(() => !orphans.some(isAlive))
    const again = await startIn(dir)
    expect(await readNotes(again.url)).toEqual(['works'])
    expect(draftsIn(dir)).toEqual([])
  },
)

test('a directory that is removed while its database runs is given up, and what comes after is let alone', async () => {
  const dir = join(temporaryDirectory(), 'data')
  const first = await startIn(dir)
  const orphan = postmasterPid(dir)
  rmSync(dir, { recursive: true, force: true })
  const next = await startOwnerProcess(dir)
  await writeNote(next.said, 'undisturbed')

  process.kill(orphan, 'SIGKILL')
  await eventually(() => first.lines.some((line) => line.includes('was removed or replaced while it ran')))
  await first.stop()
  expect(await readNotes(next.said)).toEqual(['undisturbed'])
  expect(await refusal(dir)).toContain(`process ${next.pid}`)
})

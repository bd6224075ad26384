import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { expect, onTestFinished, test } from 'vitest'
import {
  eventually,
  freePort,
  json,
  post,
  processesIn,
  run,
  type Server,
  sentenceOf,
  startServer,
  stop,
  temporaryDirectory,
} from '../e2e/support.ts'

/** On small file systems of their own, so these tests have to be run by root. */

const ARTICLE = '/v1/articles/harbour-wall-to-be-rebuilt'
const FULL =
  /^The disk is full, so the embedded database cannot be written: free some space, or set DATABASE_URL/m

interface Disk {
  dir: string
  resize(size: string): void
  /** Takes every byte that is left. */
  fill(): void
  makeRoom(): void
}

function smallDisk(size: string): Disk {
  const mountPoint = temporaryDirectory()
  const mount = (...options: string[]) =>
    execFileSync('mount', ['-t', 'tmpfs', '-o', [...options, 'mode=755'].join(), 'none', mountPoint])
  mount(`size=${size}`)
  onTestFinished(() => void execFileSync('umount', ['--lazy', mountPoint]))
  const ballast = join(mountPoint, 'ballast')
  return {
    dir: join(mountPoint, 'data'),
    resize: (to) => void mount('remount', `size=${to}`),
    fill: () => fillUp(ballast),
    makeRoom: () => rmSync(ballast),
  }
}

function fillUp(path: string): void {
  const file = openSync(path, 'a')
  try {
    for (;;) writeSync(file, Buffer.alloc(4096, 'x'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    closeSync(file)
  }
  expect(statfsSync(path).bavail).toBe(0)
}

const send = ({ url }: Server, body: string): Promise<Response> =>
  fetch(`${url}${ARTICLE}/comments`, post({ body, author: { name: 'Reader' } }))

const read = ({ url }: Server): Promise<Response> => fetch(`${url}${ARTICLE}`)

function postmasterOf({ dir }: Server): number {
  return Number.parseInt(readFileSync(join(dir, 'pgdata', 'postmaster.pid'), 'utf8'), 10)
}

function urlOf({ dir }: Server): string {
  const [port, password] = ['port', 'password'].map((name) => readFileSync(join(dir, name), 'utf8').trim())
  return `postgres://broadsheet:${password}@127.0.0.1:${port}/broadsheet`
}

/** Writes to the log alone, until the server is gone; what becomes of the connection then is its own affair. */
function fillLog(url: string): void {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const write = async () => {
    for (;;) await sql`select pg_logical_emit_message(true, 'filler', repeat('x', 1000000))`
  }
  write().catch(() => {})
  onTestFinished(() => sql.end({ timeout: 0 }))
}

async function served(env: Record<string, string>): Promise<void> {
  const server = await startServer(env)
  expect((await read(server)).status).toBe(200)
  expect((await stop(server)).code).toBe(0)
}

test.each([
  ['for the password', '4k'],
  ['for the files of a database', '30m'],
  ['for a second database', '40m'],
])('a disk with no room %s is told in a sentence, and given room the start goes well', async (_, size) => {
  const disk = smallDisk(size)
  const env = { DATA_DIR: disk.dir, PORT: String(await freePort()) }
  expect(sentenceOf(await run([], env))).toMatch(FULL)
  expect(processesIn(disk.dir)).toEqual([])
  disk.resize('200m')
  await served(env)
})

test.each([0, 8, 200, 1000])('a start on a disk with %i kB left is told in a sentence', async (left) => {
  const disk = smallDisk('80m')
  const env = { DATA_DIR: disk.dir, PORT: String(await freePort()) }
  await served(env)
  disk.fill()
  disk.resize(`${80 * 1024 + left}k`)
  expect(sentenceOf(await run([], env))).toMatch(FULL)
  expect(processesIn(disk.dir)).toEqual([])
  disk.makeRoom()
  await served(env)
})

test('a disk that fills up refuses what is written with 503, not what is read, until there is room', async () => {
  const disk = smallDisk('80m')
  const server = await startServer({ DATA_DIR: disk.dir })
  const postmaster = postmasterOf(server)
  disk.fill()
  const words = 'x'.repeat(4000)
  let accepted = 0
  const refused = await eventually(async () => {
    const response = await send(server, `${words} ${accepted}`)
    if (response.status === 201) accepted++
    return response.status === 201 ? undefined : response
  })
  expect(refused.status).toBe(503)
  expect(await refused.json()).toMatchObject({ code: 'UNAVAILABLE' })
  for (let i = 0; i < 20; i++) expect((await read(server)).status).toBe(200)
  disk.makeRoom()
  expect((await send(server, 'There is room.')).status).toBe(201)
  expect(postmasterOf(server)).toBe(postmaster)
  expect((await stop(server)).code).toBe(0)
})

test('a disk too full for the write-ahead log takes the database down until there is room, and no longer', async () => {
  const disk = smallDisk('80m')
  const server = await startServer({ DATA_DIR: disk.dir })
  expect((await send(server, 'Acknowledged.')).status).toBe(201)
  disk.fill()
  fillLog(urlOf(server))
  await eventually(() => server.output().includes('It comes back by itself when there is space.'))
  expect((await read(server)).status).toBe(503)
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  // longer than the failures after which a server is given up
  const since = Date.now()
  await eventually(() => Date.now() - since > 5000)
  disk.makeRoom()
  await eventually(async () => (await read(server)).status === 200)
  const { data } = await json<{ data: { text: string }[] }>(`${server.url}${ARTICLE}/comments?sort=newest`)
  expect(data.map(({ text }) => text)).toContain('Acknowledged.')
  expect((await send(server, 'There is room.')).status).toBe(201)
  expect((await stop(server)).code).toBe(0)
})

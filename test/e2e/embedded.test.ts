import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  type Ended,
  emptyDatabase,
  freePort,
  json,
  post,
  processesIn,
  run,
  type Server,
  sentenceOf,
  startServer,
  statement,
  stop,
  temporaryDirectory,
  type Wrap,
} from './support.ts'

const ARTICLE = '/v1/articles/harbour-wall-to-be-rebuilt'

interface Posted {
  comment: { id: string; text: string }
}

function send({ url }: Server, body: string): Promise<Posted> {
  return json<Posted>(`${url}${ARTICLE}/comments`, post({ body, author: { name: 'Ærø' } }))
}

async function textsOf({ url }: Server): Promise<(string | null)[]> {
  const { data } = await json<{ data: { text: string | null }[] }>(`${url}${ARTICLE}/comments?sort=newest`)
  return data.map(({ text }) => text)
}

function postmasterOf({ dir }: Server): number {
  return Number.parseInt(readFileSync(join(dir, 'pgdata', 'postmaster.pid'), 'utf8'), 10)
}

function urlOf({ dir }: Server): string {
  const [port, password] = ['port', 'password'].map((name) => readFileSync(join(dir, name), 'utf8').trim())
  return `postgres://broadsheet:${password}@127.0.0.1:${port}/broadsheet`
}

/** Nothing of an environment but what is named: no PATH, HOME or LANG. */
const inBareEnvironment: Wrap = (command, env) => [
  '/usr/bin/env',
  '-i',
  ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
  ...command,
]

const underUmask =
  (mask: string): Wrap =>
  (command) => ['/bin/sh', '-c', `umask ${mask}; exec "$@"`, 'sh', ...command]

const hostile = {
  LANG: 'de_DE.ISO-8859-1',
  LC_ALL: 'tr_TR.ISO-8859-9',
  PGDATA: '/nowhere',
  PGPORT: '1',
  PGHOST: '192.0.2.1',
  PGUSER: 'someone',
  PGPASSWORD: 'else',
  PGDATABASE: 'nothing',
  PGOPTIONS: '-c client_encoding=latin1',
  PGCLIENTENCODING: 'LATIN1',
  TZ: 'Asia/Kathmandu',
}

test.each([
  ['a bare environment', {}, inBareEnvironment],
  ['an environment made for another database and language', hostile, underUmask('000')],
  ['a umask that shuts everyone out', {}, underUmask('077')],
] as [string, Record<string, string>, Wrap][])(
  'in %s a server starts, keeps UTF-8, and starts again',
  async (_, env, wrap) => {
    const first = await startServer(env, [], onTestFinished, wrap)
    const words = 'Ünï 🙂 漢字 – İıŞş'
    expect((await send(first, words)).comment.text).toBe(words)
    await statement(urlOf(first), async (sql) => {
      const databases = await sql`select distinct pg_encoding_to_char(encoding) as encoding from pg_database`
      expect(databases).toEqual([{ encoding: 'UTF8' }])
      expect(await sql`select lower('ÄÉŞ漢') as low`).toEqual([{ low: 'äéş漢' }])
    })
    for (const name of ['.', 'pgdata']) expect(statSync(join(first.dir, name)).mode & 0o777).toBe(0o700)
    expect(statSync(join(first.dir, 'password')).mode & 0o777).toBe(0o600)
    expect((await stop(first)).code).toBe(0)
    const again = await startServer(first.env, [], onTestFinished, wrap)
    expect(await textsOf(again)).toContain(words)
    expect((await stop(again)).code).toBe(0)
  },
)

test('SIGTERM leaves no process, no lock and no owner', async () => {
  const server = await startServer()
  const postmaster = postmasterOf(server)
  expect(processesIn(server.dir).join('\n')).toContain(String(postmaster))
  expect(await stop(server)).toMatchObject({ code: 0, signal: null, stderr: '' })
  expect(processesIn(server.dir)).toEqual([])
  expect(existsSync(join(server.dir, 'pgdata', 'postmaster.pid'))).toBe(false)
  expect(existsSync(join(server.dir, 'owner.json'))).toBe(false)
  expect(readdirSync(join(server.dir, 'claims'))).toEqual([])
})

test('a server killed with all of its Postgres at once has every comment that it acknowledged', async () => {
  const server = await startServer()
  const sent = Array.from({ length: 5 }, (_, i) => `Acknowledged ${i}.`)
  for (const body of sent) await send(server, body)
  const postgres = processesIn(server.dir)
    .filter((line) => line.includes('postgres'))
    .map((line) => Number.parseInt(line, 10))
  expect(postgres).toContain(postmasterOf(server))
  for (const pid of [server.pid, ...postgres]) process.kill(pid, 'SIGKILL')
  await server.ended
  const again = await startServer(server.env)
  expect(await textsOf(again)).toEqual(expect.arrayContaining(sent))
  expect(urlOf(again)).toBe(urlOf(server))
  expect((await stop(again)).code).toBe(0)
})

/** Every file of a directory that is not the server's own, with its content and time. */
function filesOf(dir: string): string[] {
  const own = readdirSync(dir).filter((name) => !['pgdata', 'postgres.log'].includes(name))
  return own.flatMap((name) => {
    const { mtimeMs, ino } = statSync(join(dir, name))
    const inside =
      name === 'claims' ? readdirSync(join(dir, name)).join() : readFileSync(join(dir, name), 'utf8')
    return `${name} ${mtimeMs} ${ino} ${inside}`
  })
}

const commands = [
  ['migrate'],
  ['demo'],
  ['doctor'],
  ['key', 'list'],
  ['key', 'create', 'x', '--scopes', 'admin'],
]

test('with DATABASE_URL nothing is made where the embedded database would be', async () => {
  const parent = temporaryDirectory()
  const env = { DATABASE_URL: await emptyDatabase(), DATA_DIR: join(parent, 'data') }
  for (const command of commands) expect(await run(command, env)).toMatchObject({ code: 0 })
  const server = await startServer(env)
  expect(await json(`${server.url}${ARTICLE}`)).toHaveProperty('slug')
  expect((await stop(server)).code).toBe(0)
  expect(readdirSync(parent)).toEqual([])
})

test('with DATABASE_URL an embedded database that runs is neither used nor disturbed', async () => {
  const embedded = await startServer()
  const before = filesOf(embedded.dir)
  const postmaster = postmasterOf(embedded)
  const env = { DATABASE_URL: await emptyDatabase(), DATA_DIR: embedded.dir }
  for (const command of commands) expect(await run(command, env)).toMatchObject({ code: 0 })
  const beside = await startServer(env)
  await send(beside, 'Only beside.')
  expect(await textsOf(embedded)).not.toContain('Only beside.')
  expect((await stop(beside)).code).toBe(0)
  expect(filesOf(embedded.dir)).toEqual(before)
  expect(postmasterOf(embedded)).toBe(postmaster)
  expect((await stop(embedded)).code).toBe(0)
})

function withFile(path: string, content: string): (dir: string) => void {
  return (dir) => {
    mkdirSync(join(dir, 'pgdata'), { recursive: true })
    writeFileSync(join(dir, 'password'), 'secret\n')
    writeFileSync(join(dir, path), content)
  }
}

test.each([
  ['a file in its place', (dir: string) => writeFileSync(dir, ''), /that is no directory\. Put this right/],
  ['data of another major version', withFile('pgdata/PG_VERSION', '16\n'), /was made by PostgreSQL 16/],
  ['data of something else', withFile('pgdata/letter', 'dear'), /holds something else: move that away/],
  [
    'data without its password',
    (dir: string) => mkdirSync(join(dir, 'pgdata'), { recursive: true }),
    /put it back/,
  ],
  [
    'data that is damaged',
    withFile('pgdata/PG_VERSION', '18\n'),
    /did not start \(exit code \d\): see its last lines/,
  ],
] as [string, (dir: string) => void, RegExp][])(
  '%s is told in a sentence by the server and by a command alike',
  async (_, prepare, said) => {
    const dir = join(temporaryDirectory(), 'data')
    prepare(dir)
    const env = { DATA_DIR: dir, PORT: String(await freePort()) }
    const told = (ended: Ended) => sentenceOf(ended)
    for (const args of [[], ['key', 'list']]) {
      const sentence = told(await run(args, env))
      expect(sentence).toMatch(said)
      expect(sentence).toContain('set DATABASE_URL')
    }
    expect(processesIn(dir)).toEqual([])
  },
)

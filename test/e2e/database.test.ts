import net from 'node:net'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import {
  emptyDatabase,
  eventually,
  freePort,
  json,
  launch,
  run,
  sentenceOf,
  startServer,
  statement,
  stop,
} from './support.ts'

const commands = [[], ['migrate'], ['key', 'list']]

function serverWith(parts: Partial<Pick<URL, 'port' | 'password' | 'pathname'>>): string {
  return Object.assign(new URL(inject('serverUrl')), parts).href
}

describe.each(commands.map((args) => [args.join(' ') || 'serve', args] as const))('%s', (_, args) => {
  const fail = async (DATABASE_URL: string) =>
    sentenceOf(await run([...args], { DATABASE_URL, PORT: String(await freePort()) }))

  test('says in a sentence that no database answers at that port', async () => {
    const port = await freePort()
    expect(await fail(serverWith({ port: String(port) }))).toMatch(
      /^(The database does not answer yet .*: waiting for it\n)?The database cannot be used: .*ECONNREFUSED.*\. Check DATABASE_URL\.$/,
    )
  })

  test('says in a sentence that the password is wrong, and does not repeat it', async () => {
    const said = await fail(serverWith({ password: 'hush' }))
    expect(said).toMatch(
      /^The database cannot be used: password authentication failed.*Check DATABASE_URL\.$/,
    )
    expect(said).not.toContain('hush')
  })

  test('says in a sentence that there is no such database', async () => {
    expect(await fail(serverWith({ pathname: '/nowhere' }))).toMatch(
      /^The database cannot be used: database "nowhere" does not exist\. Check DATABASE_URL\.$/,
    )
  })

  test.each(['not a url', 'mysql://example.org/db', 'postgres://'])(
    'says in a sentence that %s is no address',
    async (url) => {
      expect(await fail(url)).toContain('DATABASE_URL')
    },
  )

  test('refuses a schema that is newer than the build', async () => {
    const url = await emptyDatabase()
    await run(['migrate'], { DATABASE_URL: url })
    await statement(
      url,
      (sql) =>
        sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('later', 9999999999999)`,
    )
    expect(await fail(url)).toMatch(/newer than this build: run the build that migrated it/)
  })
})

/** Listens as a database would, at a port; each connection is handed to `answer`. */
async function listen(port: number, answer: (socket: net.Socket) => void): Promise<void> {
  const sockets = new Set<net.Socket>()
  const listener = net.createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    answer(socket)
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    listener.close()
  })
  await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve))
}

test('a server that is started before its database says once that it waits, and is ready when the database is', async () => {
  const DATABASE_URL = await emptyDatabase()
  const upstream = new URL(DATABASE_URL)
  const port = await freePort()
  const early = await launch(['serve', '--migrate'], {
    DATABASE_URL: Object.assign(new URL(DATABASE_URL), { port: String(port) }).href,
    PORT: String(await freePort()),
  })
  await eventually(() => early.output().includes('does not answer yet'))
  await listen(port, (socket) => {
    const database = net.connect(Number(upstream.port), upstream.hostname)
    database.on('error', () => {})
    socket.pipe(database).pipe(socket)
  })
  await eventually(() => early.output().includes('Broadsheet is at'))
  expect(early.output().match(/does not answer yet/g)).toHaveLength(1)
  early.child.kill('SIGINT')
  expect((await early.ended).code).toBe(0)
})

test('a server that waits for another one to migrate can be stopped', async () => {
  const DATABASE_URL = await emptyDatabase()
  await statement(DATABASE_URL, async (sql) => {
    await sql`select pg_advisory_lock(hashtext('broadsheet.migrate'))`
    const starting = await launch(['serve', '--migrate'], { DATABASE_URL, PORT: String(await freePort()) })
    const asks = () => sql`
      select from pg_stat_activity
      where datname = current_database() and query like '%pg_try_advisory_lock%' and pid <> pg_backend_pid()`
    await eventually(async () => (await asks()).length > 0)
    const ended = await stop(starting)
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(ended.stdout).toContain('SIGTERM: stopping')
  })
})

test('a database that takes connections and says nothing is told in a sentence', async () => {
  const port = await freePort()
  await listen(port, () => {})
  const ended = await run([], { DATABASE_URL: serverWith({ port: String(port) }), PORT: '0' })
  expect(sentenceOf(ended)).toBe(
    'The database cannot be used: nothing answers there in time. Check DATABASE_URL.',
  )
})

test('an empty database is not touched: the server says what to do, and does it when told', async () => {
  const DATABASE_URL = await emptyDatabase()
  const refused = await run([], { DATABASE_URL, PORT: String(await freePort()) })
  expect(sentenceOf(refused)).toBe(
    'The schema of the database is not there yet: run `broadsheet migrate` first, or start with --migrate.',
  )
  await statement(DATABASE_URL, async (sql) => {
    expect(
      await sql`select 1 from information_schema.tables where table_schema in ('public', 'drizzle')`,
    ).toHaveLength(0)
  })
  const migrated = await run(['migrate'], { DATABASE_URL })
  expect(migrated).toMatchObject({ code: 0, stdout: expect.stringContaining('The schema is up to date.') })
  expect((await run(['migrate'], { DATABASE_URL })).stdout).toBe('The schema is up to date.\n')
  const server = await startServer({ DATABASE_URL })
  expect(await json(`${server.url}/v1/articles`)).toMatchObject({ data: [] })
  expect((await stop(server)).code).toBe(0)
})

test('with --migrate an empty database is served at once, also by two servers that start together', async () => {
  const DATABASE_URL = await emptyDatabase()
  const servers = await Promise.all([
    startServer({ DATABASE_URL }, ['serve', '--migrate']),
    startServer({ DATABASE_URL }, ['serve', '--migrate']),
  ])
  for (const server of servers) expect(await json(`${server.url}/v1/articles`)).toMatchObject({ data: [] })
  for (const server of servers) expect((await stop(server)).code).toBe(0)
})

test('a database whose owner may not make tables is told in a sentence', async () => {
  const url = await emptyDatabase()
  const role = `reader_${process.pid}`
  await statement(url, (sql) =>
    sql.unsafe(
      `create role ${role} login password 'r'; revoke create on database ${new URL(url).pathname.slice(1)} from public`,
    ),
  )
  const poor = new URL(url)
  poor.username = role
  poor.password = 'r'
  const said = sentenceOf(await run(['migrate'], { DATABASE_URL: poor.href }))
  await statement(url, (sql) => sql.unsafe(`drop role ${role}`))
  expect(said).toMatch(/^The database cannot be used: permission denied/)
})

test('doctor finds nothing wrong with a database that is ready, and says what is wrong with others', async () => {
  const DATABASE_URL = await emptyDatabase()
  const empty = await run(['doctor'], { DATABASE_URL })
  expect(empty).toMatchObject({ code: 1, stderr: '1 fault found.\n' })
  expect(empty.stdout).toMatch(/FAULT schema: empty\n {6}Run: broadsheet migrate/)
  await run(['migrate'], { DATABASE_URL })
  const well = await run(['doctor'], { DATABASE_URL })
  expect(well).toMatchObject({ code: 0, stderr: '' })
  expect(well.stdout.split('\n').every((line) => line === '' || line.startsWith('ok '))).toBe(true)
  const silent = await run(['doctor'], {
    DATABASE_URL: serverWith({ pathname: '/nowhere' }),
  })
  expect(silent).toMatchObject({ code: 1 })
  expect(silent.stdout).toContain('FAULT the database does not answer')
  const nobody = await run(['doctor'], {
    DATABASE_URL,
    JWT_JWKS_URL: `http://127.0.0.1:${await freePort()}/jwks.json`,
    JWT_ISSUER: 'https://login.example',
    JWT_AUDIENCE: 'broadsheet',
  })
  expect(nobody).toMatchObject({ code: 1, stderr: '1 fault found.\n' })
  expect(nobody.stdout).toMatch(
    /FAULT the keys of the identity provider cannot be fetched\n {6}Check JWT_JWKS_URL/,
  )
  const wrong = await run(['doctor'], { PORT: 'x' })
  expect(wrong).toMatchObject({ code: 1 })
  expect(wrong.stdout).toMatch(/FAULT configuration[\s\S]*PORT/)
})

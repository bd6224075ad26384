import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openLog } from '../../src/embedded/log.ts'
import { isAlive } from '../../src/embedded/processes.ts'
import {
  postmasterPid,
  query,
  readNotes,
  refusal,
  startIn,
  temporaryDirectory,
  writeNote,
} from './support.ts'

test('a database is created once and keeps its port, its password and its data', async () => {
  const dir = join(temporaryDirectory(), 'data')
  const first = await startIn(dir)
  expect(first).toMatchObject({ dir, owned: true })
  expect(first.url).toMatch(/^postgres:\/\/broadsheet:[\w-]{32}@127\.0\.0\.1:\d+\/broadsheet$/)
  expect(first.lines).toEqual([`Creating the embedded database in ${dir} (first start only)`])
  await writeNote(first.url, 'kept')

  const pid = postmasterPid(dir)
  await Promise.all([first.stop(), first.stop()])
  expect(isAlive(pid)).toBe(false)
  expect(existsSync(join(dir, 'pgdata', 'postmaster.pid'))).toBe(false)
  expect(existsSync(join(dir, 'owner.json'))).toBe(false)

  const second = await startIn(dir)
  expect(second.url).toBe(first.url)
  expect(second.lines).toEqual([])
  expect(await readNotes(second.url)).toEqual(['kept'])
})

test('encoding, locale and reach do not depend on the machine, and settings are passed on', async () => {
  const { url } = await startIn(temporaryDirectory(), { settings: { max_connections: '33' } })
  const [row] = await query(
    url,
    (sql) => sql`
      select pg_encoding_to_char(encoding) as encoding, datlocprovider as provider, datlocale as locale,
        current_setting('TimeZone') as zone, current_setting('max_connections') as connections,
        current_setting('listen_addresses') as addresses, current_setting('fsync') as fsync,
        current_setting('unix_socket_directories') as sockets
      from pg_database where datname = 'broadsheet'`,
  )
  expect(row).toEqual({
    encoding: 'UTF8',
    provider: 'b',
    locale: 'C.UTF-8',
    zone: 'UTC',
    connections: '33',
    addresses: '127.0.0.1',
    fsync: 'off',
    sockets: '',
  })
})

test('what is private is private, whatever the umask', async () => {
  const before = process.umask(0o000)
  onTestFinished(() => {
    process.umask(before)
  })
  const dir = join(temporaryDirectory(), 'data')
  await startIn(dir)
  const mode = (name: string) => statSync(join(dir, name)).mode & 0o777
  expect(mode('.')).toBe(0o700)
  expect(mode('pgdata')).toBe(0o700)
  expect(mode('password')).toBe(0o600)
  expect(mode('postgres.log')).toBe(0o600)
})

test('a port that someone else has taken is replaced for good, and that is said', async () => {
  const dir = temporaryDirectory()
  const first = await startIn(dir)
  await first.stop()
  const port = Number(new URL(first.url).port)
  const intruder = createServer().listen(port, '127.0.0.1')
  onTestFinished(() => {
    intruder.close()
  })

  const second = await startIn(dir)
  const replaced = Number(new URL(second.url).port)
  expect(replaced).not.toBe(port)
  expect(second.lines).toEqual([
    `Port ${port} of the embedded database is taken by another program; using ${replaced} from now on`,
  ])
  expect(Number(readFileSync(join(dir, 'port'), 'utf8'))).toBe(replaced)
})

test('data of another major version, or no data at all, is left as it is', async () => {
  const dir = temporaryDirectory()
  const version = join(dir, 'pgdata', 'PG_VERSION')
  mkdirSync(join(dir, 'pgdata'))
  writeFileSync(join(dir, 'password'), 'secret\n')

  writeFileSync(version, '16\n')
  expect(await refusal(dir)).toMatch(/was made by PostgreSQL 16, but the embedded one is PostgreSQL 18/)
  expect(readFileSync(version, 'utf8')).toBe('16\n')

  rmSync(version)
  writeFileSync(join(dir, 'pgdata', 'letter.txt'), 'dear')
  expect(await refusal(dir)).toMatch(/holds something else: move that away/)
})

test('a lost password is asked for rather than made up', async () => {
  const dir = temporaryDirectory()
  mkdirSync(join(dir, 'pgdata'))
  expect(await refusal(dir)).toMatch(/password of the database beside it, is missing or empty: put it back/)
  writeFileSync(join(dir, 'password'), '')
  expect(await refusal(dir)).toMatch(/is missing or empty: put it back/)
})

test("a server that does not start is shown with its log's last lines, and can be started afterwards", async () => {
  const dir = temporaryDirectory()
  const message = await refusal(dir, { settings: { max_connections: 'many' } })
  expect(message).toMatch(/did not start \(exit code 1\)/)
  expect(message).toContain('set DATABASE_URL')
  expect(message).toContain('invalid value for parameter "max_connections": "many"')
  expect(await startIn(dir)).toMatchObject({ owned: true })
})

test('a long log is begun anew, a short one continued', () => {
  const dir = temporaryDirectory()
  const path = join(dir, 'postgres.log')
  const account = { name: 'tester', ids: {} }
  const writeLine = () => {
    const log = openLog({ dir, account })
    writeSync(log.fd, 'line\n')
    log.close()
    return log.written()
  }
  writeFileSync(path, 'x'.repeat(11 * 1024 * 1024))
  expect(writeLine()).toBe('line\n')
  expect(writeLine()).toBe('line\n')
  expect(readFileSync(path, 'utf8')).toBe('line\nline\n')
})

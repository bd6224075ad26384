import { once } from 'node:events'
import net from 'node:net'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/db/client.ts'
import { findAppError } from '../../src/lib/errors.ts'
import { cloneDatabase, type TestDatabase } from '../setup/database.ts'

let clone: TestDatabase

beforeAll(async () => {
  clone = await cloneDatabase()
})

afterAll(() => clone.drop())

/** A server on a port of its own; @returns the port. */
async function listen(serve: (socket: net.Socket) => void): Promise<number> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    serve(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as net.AddressInfo).port
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function open(url: string) {
  const database = openDatabase({
    url,
    connections: 1,
    acquireTimeout: 10_000,
    statementTimeout: 5000,
    prepare: true,
  })
  onTestFinished(() => database.close())
  return async () =>
    database.db.execute(sql`select 1`).then(
      () => 'done',
      (error: unknown) => findAppError(error)?.code ?? 'not ours',
    )
}

/** The url of the clone with its host replaced by several. */
function through(...ports: number[]): string {
  const { username, password, pathname } = new URL(clone.url)
  return `postgres://${username}:${password}@${ports.map((port) => `127.0.0.1:${port}`)}${pathname}`
}

const portOfClone = () => Number(new URL(clone.url).port)

test.each(['require', 'verify-full'])('a TLS server is asked for by its name (sslmode=%s)', async (mode) => {
  let hello = Buffer.alloc(0)
  const port = await listen((socket) => {
    socket.once('data', (request) => {
      expect(request.toString('hex')).toBe('0000000804d2162f')
      socket.write('S')
      socket.once('data', (data) => {
        hello = data
        socket.destroy()
      })
    })
  })
  const query = open(`postgres://reader@localhost:${port}/site?sslmode=${mode}`)
  expect(await query()).toBe('UNAVAILABLE')
  // extension 0, server_name: a list of one name of type 0
  expect(hello.includes(Buffer.from('\0\0\0\x0e\0\x0c\0\0\x09localhost', 'latin1'))).toBe(true)
})

test('of several hosts the first that can be connected to is taken', async () => {
  const query = open(through(await closedPort(), portOfClone()))
  expect(await query()).toBe('done')
})

test('after a host that accepts and says nothing it is the turn of the next', async () => {
  const query = open(through(await listen(() => {}), portOfClone()))
  expect(await query()).toBe('UNAVAILABLE')
  expect(await query()).toBe('done')
})

test('several hosts of which none answers are unavailable, without waiting for the limit', async () => {
  const hangsUp = await listen((socket) => void socket.destroy())
  const query = open(through(await closedPort(), hangsUp, await closedPort()))
  const silent = open(through(await listen(() => {})))
  const first = await Promise.race([
    silent().then((code) => `${code} at the limit`),
    query().then((code) => `${code} at once`),
  ])
  expect(first).toBe('UNAVAILABLE at once')
})

test('where no host is what was asked for, none is used', async () => {
  const query = open(`${through(portOfClone(), portOfClone())}?target_session_attrs=standby`)
  expect(await query()).toBe('UNAVAILABLE')
  const primary = open(`${through(portOfClone(), portOfClone())}?target_session_attrs=primary`)
  expect(await primary()).toBe('done')
})

test('a host whose name is not known is unavailable', async () => {
  expect(await open('postgres://reader@no-such-host.invalid/site')()).toBe('UNAVAILABLE')
})

test('a pooler is told nothing that it does not keep for each client, a server of our own is', async () => {
  /** What a client asks for when it logs in. */
  const settings = async (prepare: boolean): Promise<string[]> => {
    let hear: (data: Buffer) => void = () => {}
    const heard = new Promise<Buffer>((resolve) => {
      hear = resolve
    })
    const port = await listen((socket) => void socket.once('data', hear))
    const database = openDatabase({
      url: `postgres://user:password@127.0.0.1:${port}/name`,
      connections: 1,
      acquireTimeout: 10_000,
      statementTimeout: 5000,
      prepare,
    })
    onTestFinished(() => database.close())
    database.db.execute(sql`select 1`).catch(() => {})
    const words = (await heard).subarray(8).toString('utf8').split('\0')
    return words.filter((_, i) => i % 2 === 0).filter((name) => name !== '')
  }
  const kept = ['user', 'database', 'client_encoding', 'application_name', 'TimeZone', 'DateStyle']
  expect((await settings(false)).filter((name) => !kept.includes(name))).toEqual([])
  expect(await settings(true)).toEqual(
    expect.arrayContaining(['statement_timeout', 'lock_timeout', 'default_transaction_isolation']),
  )
})

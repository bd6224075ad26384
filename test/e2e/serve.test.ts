import { existsSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import {
  eventually,
  freePort,
  json,
  launch,
  post,
  postgresRuns,
  processesIn,
  run,
  sentenceOf,
  startServer,
  stop,
  temporaryDirectory,
} from './support.ts'

const server = await startServer({}, [], afterAll)

interface Card {
  slug: string
  title: string
}
interface Article extends Card {
  id: string
  body: string
  commentCount: number
  commentsOpen: boolean
  adjacent: { previous: Card | null; next: Card | null }
}
interface Thread {
  id: string
  text: string | null
}

const articleUrl = `${server.url}/v1/articles/harbour-wall-to-be-rebuilt`

test('a new server has something to read: an article, its neighbours and its comments in one answer', async () => {
  const article = await json<Article & { comments: { data: Thread[] } }>(
    `${articleUrl}?include=adjacent,comments`,
  )
  expect(article.body).toContain('<p>')
  expect(article.adjacent.next).not.toBeNull()
  expect(article.comments.data.length).toBeGreaterThan(0)
})

test('GraphQL gives the same article as REST', async () => {
  const query = `{ article(slug: "harbour-wall-to-be-rebuilt") {
    id slug title body commentCount commentsOpen
    adjacent { previous { slug title } next { slug title } } comments { nodes { id text } } } }`
  const { data } = await json<{ data: { article: Article & { comments: { nodes: Thread[] } } } }>(
    `${server.url}/graphql`,
    post({ query }),
  )
  const { comments, ...article } = data.article
  const rest = await json<Article & { comments: { data: Thread[] } }>(
    `${articleUrl}?include=adjacent,comments`,
  )
  expect(rest).toMatchObject(article)
  expect(rest.comments.data).toMatchObject(comments.nodes)
})

test('a comment that is posted is read back, and counted', async () => {
  const before = (await json<Article>(articleUrl)).commentCount
  const posted = await json<{ comment: { id: string; status: string }; receipt: string }>(
    `${articleUrl}/comments`,
    post({ body: 'Seen from **outside**.', author: { name: 'Black Box' } }),
  )
  expect(posted.comment.status).toBe('approved')
  const { data } = await json<{ data: Thread[] }>(`${articleUrl}/comments?sort=newest`)
  expect(data[0]).toMatchObject({ id: posted.comment.id, text: 'Seen from outside.' })
  expect((await json<Article>(articleUrl)).commentCount).toBe(before + 1)
})

test('a second server on the same database is refused in a sentence', async () => {
  const ended = await run([], { DATA_DIR: server.dir, PORT: String(await freePort()) })
  expect(sentenceOf(ended)).toMatch(
    new RegExp(`in use by another Broadsheet, process ${server.pid}: stop that first`),
  )
})

test('a port that is taken is told in a sentence, and nothing is left running', async () => {
  const taken = createServer()
  const port = await freePort()
  await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve))
  const dir = join(temporaryDirectory(), 'data')
  const ended = await run([], { DATA_DIR: dir, PORT: String(port) })
  taken.close()
  expect(sentenceOf(ended)).toBe('The port is taken by another process: set PORT to a free one.')
  expect(processesIn(dir)).toEqual([])
})

test('a start that has failed tells why also when it is told to stop while it puts things away', async () => {
  const taken = createServer()
  const port = await freePort()
  await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve))
  const dir = join(temporaryDirectory(), 'data')
  const failing = await launch([], { DATA_DIR: dir, PORT: String(port) })
  const log = join(dir, 'postgres.log')
  await eventually(() => existsSync(log) && readFileSync(log, 'utf8').includes('fast shutdown request'))
  failing.child.kill('SIGTERM')
  const ended = await failing.ended
  taken.close()
  expect(sentenceOf(ended)).toBe('The port is taken by another process: set PORT to a free one.')
  expect(processesIn(dir)).toEqual([])
})

test('SIGTERM finishes the request in flight, then the server and its database end well', async () => {
  const own = await startServer()
  const { port } = new URL(own.url)
  const body = JSON.stringify({ body: 'Just in time.', author: { name: 'Late' } })
  // a client that has connected and not asked yet
  const late = connect(Number(port), '127.0.0.1')
  let lateAnswer = ''
  late.on('error', () => {})
  late.on('data', (chunk) => {
    lateAnswer += chunk
  })
  const socket = connect(Number(port), '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  socket.write(
    `POST /v1/articles/harbour-wall-to-be-rebuilt/comments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nExpect: 100-continue\r\n\r\n`,
  )
  // the server has taken the request up and waits for the body
  await eventually(() => answer.includes('100 Continue'))
  own.child.kill('SIGTERM')
  await eventually(() => own.output().includes('Finishing what is in flight'))
  await eventually(() => refused(Number(port)))
  late.write('GET /v1/articles?limit=1 HTTP/1.1\r\nHost: x\r\n\r\n')
  // answered, or cut off before it asked, as newer versions of Node do; never refused
  await eventually(() => lateAnswer.includes('}') || late.destroyed)
  expect(lateAnswer).toMatch(/^(HTTP\/1.1 200 OK[\s\S]*\r\nconnection: close\r\n|$)/i)
  socket.write(body)
  await eventually(() => answer.includes('Just in time.'))
  expect(answer).toContain('HTTP/1.1 201')
  const { code, stderr } = await own.ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(processesIn(own.dir)).toEqual([])
})

test('SIGTERM first makes the server unready: it answers on, and asks each client to connect elsewhere', async () => {
  const own = await startServer({ DRAIN_DELAY: '600000' })
  const before = await fetch(`${own.url}/v1/articles`)
  expect(before.headers.get('connection')).not.toBe('close')
  own.child.kill('SIGTERM')
  await eventually(async () => (await fetch(`${own.url}/readyz`)).status === 503)
  expect(await (await fetch(`${own.url}/readyz`)).json()).toMatchObject({ reason: 'the server is stopping' })
  expect((await fetch(`${own.url}/healthz`)).status).toBe(200)
  const read = await fetch(`${own.url}/v1/articles`)
  expect([read.status, read.headers.get('connection')]).toEqual([200, 'close'])
  const posted = await fetch(
    `${own.url}/v1/articles/harbour-wall-to-be-rebuilt/comments`,
    post({ body: 'While it leaves.', author: { name: 'Late' } }),
  )
  expect([posted.status, posted.headers.get('connection')]).toEqual([201, 'close'])

  own.child.kill('SIGTERM')
  expect(await own.ended).toMatchObject({ code: 1, signal: null, stderr: '' })
  await eventually(() => processesIn(own.dir).length === 0)
})

test('the delay ends by itself, and Ctrl-C does not wait for it', async () => {
  const [drained, interrupted] = await Promise.all([
    startServer({ DRAIN_DELAY: '500' }),
    startServer({ DRAIN_DELAY: '600000' }),
  ])
  expect(await stop(drained)).toMatchObject({ code: 0, stderr: '' })
  expect(drained.output()).toContain('still answering for 0.5 s')
  interrupted.child.kill('SIGINT')
  expect(await interrupted.ended).toMatchObject({ code: 0, stderr: '' })
})

function refused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(false))
    socket.once('error', () => resolve(true))
    socket.once('close', () => socket.destroy())
  })
}

test.each([
  ['as the database is made', 'Creating the embedded database'],
  ['as the schema is', 'applied'],
  ['as the sample publication is loaded', 'sample publication'],
])(
  'SIGTERM in the middle of the start, %s, leaves nothing running, and the next start goes well',
  async (_, line) => {
    const dir = join(temporaryDirectory(), 'data')
    const env = { DATA_DIR: dir, PORT: String(await freePort()) }
    const starting = await launch([], env)
    await eventually(() => starting.output().includes(line))
    const { code, stderr } = await stop(starting)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(processesIn(dir)).toEqual([])
    const again = await startServer(env)
    const { data } = await json<{ data: Card[] }>(`${again.url}/v1/articles`)
    expect(data.length).toBeGreaterThan(0)
    expect((await stop(again)).code).toBe(0)
  },
)

test('a server that starts again has what it had, and loads no sample twice', async () => {
  const first = await startServer()
  const articles = await json<object>(`${first.url}/v1/articles?limit=100`)
  await stop(first)
  expect(postgresRuns(first.dir)).toBe(false)
  const second = await startServer(first.env)
  expect(await json<object>(`${second.url}/v1/articles?limit=100`)).toEqual(articles)
})

test('what is wrong with the environment is told all at once, without the values', async () => {
  const ended = await run([], { PORT: '99999', COMMENTS: 'perhaps', SECRET: 'hush' })
  const text = sentenceOf(ended)
  for (const name of ['PORT', 'COMMENTS', 'SECRET']) expect(text).toContain(name)
  expect(text).not.toContain('hush')
})

test('an address that is not of this machine is told in a sentence', async () => {
  const dir = join(temporaryDirectory(), 'data')
  const ended = await run([], { DATA_DIR: dir, PORT: String(await freePort()), HOST: '192.0.2.1' })
  expect(sentenceOf(ended)).toBe(
    'HOST is no address of this machine: set it to one that is, or to 0.0.0.0 for all.',
  )
})

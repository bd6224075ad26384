import http from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { eventually, freePort, type Server, startServer, stop } from '../e2e/support.ts'
import { article } from '../setup/data.ts'
import { cloneDatabase } from '../setup/database.ts'
import { startBalancer } from './balancer.ts'
import { ask, posting } from './client.ts'
import { spread } from './figures.ts'

const RESTARTS = 20
const CLIENTS = 20
const REQUESTS = 50_000
const ARTICLES = 10

test(`two instances are restarted in turn, ${RESTARTS} times, and none of ${REQUESTS} requests of ${CLIENTS} clients fails`, {
  timeout: 20 * 60_000,
}, async () => {
  const database = await cloneDatabase()
  onTestFinished(() => database.drop())
  for (let i = 0; i < ARTICLES; i++) await article(database.sql, { slug: `article-${i}` })

  const ports = [await freePort(), await freePort()]
  const start = (port: number) =>
    startServer({
      DATABASE_URL: database.url,
      PORT: String(port),
      DRAIN_DELAY: '1000',
      LOG_LEVEL: 'info',
      // all clients come from one address
      BUDGET_ANONYMOUS: '0',
    })
  const instances = await Promise.all(ports.map(start))
  const balancer = await startBalancer(ports)
  onTestFinished(() => balancer.close())
  const allReady = () => eventually(() => balancer.ready() === ports.length)
  await allReady()

  const failed: string[] = []
  const posted = new Set<string>()
  let done = 0
  let over = false
  const client = async (name: string) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    for (let i = 0; !over; i++, done++) {
      const { path, asking, words } = request(name, i)
      try {
        const { status, body } = await ask(agent, `${balancer.url}${path}`, asking)
        if (status >= 300) failed.push(`${path}: ${status} ${body.slice(0, 200)}`)
        else if (words) posted.add(words)
      } catch (error) {
        failed.push(`${path}: ${String(error)}`)
      }
    }
    agent.destroy()
  }
  const clients = Array.from({ length: CLIENTS }, (_, i) => client(`client-${i}`))

  const took: number[] = []
  for (let restart = 0; restart < RESTARTS; restart++) {
    await eventually(() => done >= (restart * REQUESTS) / RESTARTS)
    const at = restart % 2
    const since = performance.now()
    const ended = await stop(instances[at] as Server)
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    instances[at] = await start(ports[at] as number)
    await allReady()
    took.push(performance.now() - since)
    console.log(
      `restart ${restart + 1} of ${RESTARTS}: ${done} requests, ${failed.length} failed`,
      [...failed, ...balancer.failures].slice(-3),
    )
  }
  await eventually(() => done >= REQUESTS)
  over = true
  await Promise.all(clients)

  console.log(`${done} requests, ${posted.size} of them comments; a restart took ${spread(took)} ms`)
  expect(failed).toEqual([])
  expect(balancer.failures).toEqual([])
  const rows = await database.sql<{ body: string }[]>`select body from comments`
  expect(rows.map(({ body }) => body).sort()).toEqual([...posted].sort())
})

/** What a reader's page asks for, and now and then a comment. */
function request(name: string, i: number) {
  const slug = `article-${i % ARTICLES}`
  switch (i % 8) {
    case 0: {
      const words = `${name} says ${i}`
      const asking = posting(
        { body: words, author: { name } },
        { 'idempotency-key': `${name}-comment-number-${i}` },
      )
      return { path: `/v1/articles/${slug}/comments`, asking, words }
    }
    case 1:
    case 2:
      return { path: '/v1/articles?limit=10' }
    case 3: {
      const query = `{ article(slug: "${slug}") { title adjacent { previous { slug } next { slug } } } }`
      return { path: '/graphql', asking: posting({ query }) }
    }
    default:
      return { path: `/v1/articles/${slug}?include=adjacent,comments` }
  }
}

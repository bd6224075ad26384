import { pino } from 'pino'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { createDeps } from '../../src/deps.ts'
import { article, comment } from '../setup/data.ts'
import { cloneDatabase } from '../setup/database.ts'
import { follow } from '../setup/events.ts'
import { startProxy } from '../setup/proxy.ts'

const clone = await cloneDatabase()
const { sql } = clone
const proxy = await startProxy(clone.url)
const logs: string[] = []
const logger = pino({ level: 'info', base: undefined }, { write: (line: string) => void logs.push(line) })
const config = loadConfig({ SECRET: 'a secret for tests, 32 characters', DATABASE_STATEMENT_TIMEOUT: '500' })
const deps = await createDeps(config, proxy.url, logger)
const app = await buildApp(deps)
const origin = await app.listen({ port: 0, host: '127.0.0.1' })
afterAll(async () => {
  proxy.weather = 'pass'
  await app.close()
  await deps.close()
  await proxy.close()
  await clone.drop()
})

vi.setConfig({ testTimeout: 60_000 })
const soon = { timeout: 50_000, interval: 10 }
const said = (words: string) => logs.filter((line) => line.includes(words)).length

describe.each(['refuse', 'blackhole'] as const)('while the database is away (%s)', (weather) => {
  test('streams stay open, and tell afterwards what was written meanwhile, each once', async () => {
    const articleId = await article(sql)
    const address = `${origin}/v1/articles/${articleId}/comments/stream`
    const client = await follow(address)
    onTestFinished(client.leave)
    const before = await comment(sql, articleId)
    const ids = () => client.events.map(({ data }) => data.id)
    await vi.waitFor(() => expect(ids()).toEqual([before]), soon)
    const [failed, recovered] = [said('cannot be followed'), said('can be followed again')]

    proxy.weather = weather
    proxy.cut()
    await vi.waitFor(() => expect(said('cannot be followed')).toBe(failed + 1), soon)
    const written = [await comment(sql, articleId), await comment(sql, articleId)]
    // who comes now is told so
    expect((await fetch(address)).status).toBe(503)

    proxy.weather = 'pass'
    proxy.cut()
    await vi.waitFor(() => expect(ids()).toEqual([before, ...written]), soon)
    expect(said('can be followed again')).toBe(recovered + 1)
    expect(said('cannot be followed')).toBe(failed + 1)
    const after = await comment(sql, articleId)
    await vi.waitFor(() => expect(ids()).toEqual([before, ...written, after]), soon)
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { killRounds } from './kill.ts'
import { eventually, json, startServer, stop } from './support.ts'

test('a server killed in the middle of posting loses no comment that it acknowledged, and doubles none that is sent again', async () => {
  await killRounds(3)
})

test('a database that is killed comes back by itself below a running server', async () => {
  const server = await startServer()
  const articles = await json(`${server.url}/v1/articles`)
  const postmaster = Number(readFileSync(join(server.dir, 'pgdata', 'postmaster.pid'), 'utf8').split('\n')[0])
  process.kill(postmaster, 'SIGKILL')
  await eventually(() => server.output().includes('The embedded database is back'))
  await eventually(async () => (await fetch(`${server.url}/readyz`)).status === 200)
  expect(await json(`${server.url}/v1/articles`)).toEqual(articles)
  expect((await stop(server)).code).toBe(0)
})

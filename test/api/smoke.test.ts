import { expect, test } from 'vitest'
import { startApp } from '../setup/app.ts'
import { article } from '../setup/data.ts'

const { app, database } = await startApp()

test('an article comes with its neighbours, in one statement', async () => {
  const ids = []
  for (const slug of ['first', 'second', 'third']) ids.push(await article(database.sql, { slug, publishedAt: `2026-01-0${ids.length + 1}` }))
  const response = await app.inject('/v1/articles/second?include=adjacent')
  expect(response.statusCode).toBe(200)
  expect(response.json().adjacent).toMatchObject({ previous: { slug: 'first' }, next: { slug: 'third' } })
})

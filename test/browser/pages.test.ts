import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startApp } from '../setup/app.ts'
import { article } from '../setup/data.ts'
import { launchChromium } from './chromium.ts'

const { app, database } = await startApp()
let browser: Browser
let page: Page
let complaints: string[]
let address: string

beforeAll(async () => {
  browser = await launchChromium()
  address = await app.listen({ port: 0, host: '127.0.0.1' })
  await article(database.sql, { slug: 'tides', title: 'Tides' })
})

beforeEach(async () => {
  page = await browser.newPage()
  complaints = []
  // a broken content security policy shows here
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  return () => page.close()
})

afterAll(() => browser?.close())

test('the front page is a page of links', async () => {
  await page.goto(address)
  expect(await page.locator('h1').textContent()).toBe('Broadsheet')
  expect(await page.locator('li a').count()).toBeGreaterThan(4)
  expect(complaints.filter((text) => !text.includes('favicon'))).toEqual([])
})

test('the type of a problem leads to its line in the table of errors', async () => {
  await page.goto(`${address}/docs/errors#NOT_IN_SERIES`)
  expect(await page.locator('tr:target').textContent()).toContain('does not stand in this series')
})

test('the reference of the REST API renders', async () => {
  await page.goto(`${address}/docs`)
  await page.locator('.opblock-summary-path', { hasText: '/adjacent' }).waitFor()
  expect(complaints.filter((text) => !text.includes('favicon'))).toEqual([])
})

test('GraphiQL runs a query without anything from elsewhere', async () => {
  const foreign: string[] = []
  page.on('request', (request) => {
    if (/^https?:/.test(request.url()) && !request.url().startsWith(address)) foreign.push(request.url())
  })
  await page.goto(`${address}/graphiql`)
  // the button does nothing before the editor holds the query
  await page.locator('.graphiql-editors .view-line', { hasText: 'previous' }).first().waitFor()
  await page.locator('.graphiql-execute-button').click()
  await expect
    .poll(() => page.locator('.result-window').textContent(), { timeout: 20_000 })
    .toContain('Tides')
  expect(foreign).toEqual([])
})

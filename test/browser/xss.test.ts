import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp } from '../setup/app.ts'
import { type Family, ofFamilies, type Payload } from '../xss/corpus.ts'
import { commentDoors, importDoors } from '../xss/doors.ts'
import { escaped, type Shown } from '../xss/judge.ts'
import { launchChromium } from './chromium.ts'
import { play } from './stage.ts'

const PATIENCE = 600_000
/** Pieces on one page: laying out a long one takes the square of its length. */
const A_PAGE = 250
const NOTHING = { ran: [], dialogs: [], asked: [] }

const server = await startApp({ BUDGET_ANONYMOUS: '0', BUDGET_KEY: '0' })
// an article is rendered by the same code however it comes in, so those that are imported will do
const doors = [...(await commentDoors(server)), ...(await importDoors(server))]
let browser: Browser

beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser?.close())

const sections = (pieces: readonly string[]): string =>
  pieces.map((piece) => `<section>${piece}</section>`).join('\n')

/** As a page has it: HTML as it is, texts and addresses escaped. */
const piecesOf = ({ html, texts, addresses }: Shown): string[] => [
  ...html,
  ...texts.map((text) => `<p title="${escaped(text)}">${escaped(text)}</p>`),
  ...addresses.map((url) => `<a href="${escaped(url)}">x</a>`),
]

/** A script of a page that puts HTML in by `innerHTML`. */
const inserting = (pieces: readonly string[]): string => `
  for (const html of ${JSON.stringify(pieces)}) {
    document.body.appendChild(document.createElement('section')).innerHTML = html
  }`

/** Each payload as it is, in a frame of its own. */
const raw = (payloads: readonly Payload[]): string =>
  sections(payloads.map(({ text }) => `<iframe srcdoc="${escaped(text)}"></iframe>`))

/** Payloads of a family that run in a browser as they are, at least. */
const RUNNING: [Family, number][] = [
  ['scripts', 12],
  ['handlers', 40],
  ['addresses in HTML', 22],
  ['consuming', 20],
  ['namespaces', 12],
  ['documents', 12],
  ['unicode', 8],
]

test.each(RUNNING)('of %s, as they are, %d run at least', { timeout: PATIENCE }, async (family, least) => {
  const { ran } = await play(browser, raw(ofFamilies(family)))
  expect(ran.length).toBeGreaterThanOrEqual(least)
})

test('of all that was taken in, nothing runs, and nothing is asked for elsewhere', {
  timeout: PATIENCE,
}, async () => {
  const pieces = new Set<string>()
  for (const door of doors) {
    const { shown } = await door.deliver(door.corpus)
    for (const piece of shown.flatMap(piecesOf)) pieces.add(piece)
  }
  expect(pieces.size).toBeGreaterThan(1000)
  const all = [...pieces]
  for (let at = 0; at < all.length; at += A_PAGE) {
    const some = all.slice(at, at + A_PAGE)
    expect(await play(browser, sections(some))).toEqual(NOTHING)
    expect(await play(browser, '', inserting(some))).toEqual(NOTHING)
  }
})

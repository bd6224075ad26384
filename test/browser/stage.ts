import type { Browser, Page, Request } from 'playwright-core'
import { provoke } from '../xss/provoke.ts'

const ADDRESS = 'http://page.test/'

/** What happened while a page was shown and touched. */
export interface Happened {
  /** Numbers of the payloads that ran. */
  ran: number[]
  dialogs: string[]
  /** What was asked for elsewhere, other than the images and media of the page. */
  asked: string[]
}

/** Takes note of what runs, and keeps the page: what leads to the web is no script, and shall not lead away. */
const WATCH = `
  if (window === top) {
    window.ran = new Set()
    window.pwned = (number) => void ran.add(number)
    addEventListener('message', ({ data }) => void ran.add(data))
  }
  addEventListener('click', (event) => {
    const link = event.composedPath().find((node) => node.localName === 'a' || node.localName === 'area')
    if (link && /^(https?|mailto):/.test(link.href)) event.preventDefault()
  })`
/** So that what is not displayed, or of no size, is touched too. */
const STYLE = '<style>section { min-height: 20px } @keyframes x { to { color: red } }</style>'
/**
 * What a touch began, loading, or an address that runs a moment after the click, is over once the same has come to its end that
 * was begun after it.
 */
const SETTLED = `(async () => {
  const loading = new Promise((done) => {
    const image = new Image()
    image.onerror = done
    image.src = '${ADDRESS}probe.png'
  })
  const address = new Promise((done) => {
    addEventListener('probe', done, { once: true })
    const link = document.createElementNS('http://www.w3.org/1999/xhtml', 'a')
    link.href = "javascript:void dispatchEvent(new Event('probe'))"
    document.documentElement.append(link)
    link.click()
  })
  await Promise.all([loading, address])
})()`
const STEP = 60
/** What is further down gets the events of a script only. */
const SCREENS = 4

/** Shows a page of this body in a window of its own; `script` runs in it once it has loaded. */
export async function play(browser: Browser, body: string, script = ''): Promise<Happened> {
  const context = await browser.newContext()
  const happened: Happened = { ran: [], dialogs: [], asked: [] }
  await context.addInitScript(WATCH)
  await context.route('**/*', async (route) => {
    const request = route.request()
    if (request.url() === ADDRESS)
      return route.fulfill({ contentType: 'text/html; charset=utf-8', body: STYLE + body })
    if (isStrange(request)) happened.asked.push(`${request.resourceType()} ${request.url()}`)
    return route.abort()
  })
  const page = await context.newPage()
  page.on('dialog', async (dialog) => {
    happened.dialogs.push(dialog.message())
    await dialog.dismiss()
  })
  await page.goto(ADDRESS, { waitUntil: 'load' })
  await page.evaluate(script)
  await touch(page)
  happened.ran = await page.evaluate('[...ran]')
  await context.close()
  return happened
}

/** An image of a frame of its own page is one, and so is a frame of a host that we embed. */
function isStrange(request: Request): boolean {
  const { protocol, hostname } = new URL(request.url())
  if (!/^https?:$/.test(protocol) || hostname === 'page.test') return false
  if (hostname === 'evil.example') return true
  if (request.resourceType() === 'document') return hostname !== 'www.youtube.com'
  return !['image', 'media'].includes(request.resourceType())
}

/** With the events of a script for every element, and with a real mouse and keyboard for what is on the page. */
async function touch(page: Page): Promise<void> {
  // a frame of elsewhere is never loaded, and would be waited for for ever
  const own = page.frames().filter((frame) => [ADDRESS, 'about:srcdoc'].includes(frame.url()))
  const provoked = `(${provoke})(document, window)`
  await Promise.all(own.map((frame) => frame.evaluate(provoked)))
  const { width, height } = page.viewportSize() ?? { width: 800, height: 600 }
  for (let screen = 0; screen < SCREENS; screen++) {
    for (let y = STEP / 2; y < height; y += STEP) {
      await page.mouse.move(width / 2, y)
      await page.mouse.click(20, y)
    }
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.mouse.wheel(0, height)
  }
  await Promise.all(own.map((frame) => frame.evaluate(SETTLED)))
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestIdleCallback(done)))')
}

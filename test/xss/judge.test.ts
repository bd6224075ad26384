import { expect, test } from 'vitest'
import { ARTICLE } from '../unit/rich-text/allowlist.ts'
import { CORPUS, type Family, ofFamilies } from './corpus.ts'
import { Judge } from './judge.ts'

/** Payloads of a family that run in this DOM as they are, at least; it loads nothing, and has no events of its own. */
const RUNNING: [Family, number][] = [
  ['scripts', 10],
  ['handlers', 35],
  ['addresses in HTML', 18],
  ['consuming', 15],
  ['breaking', 7],
  ['polyglots', 4],
]

const nothing = { html: [], texts: [], addresses: [] }

test('no two payloads are the same', () => {
  const texts = CORPUS.map(({ text }) => text.replace(/pwned\(\d+\)/g, ''))
  expect(texts.filter((text, at) => texts.indexOf(text) !== at)).toEqual([])
  expect(texts.length).toBeGreaterThan(400)
})

test.each(RUNNING)('of %s, as they are, %d run at least', async (family, least) => {
  const judge = new Judge()
  for (const { text } of ofFamilies(family)) judge.perform(text)
  if (family === 'scripts') for (const { text } of ofFamilies(family)) judge.write([text])
  expect((await judge.called()).length).toBeGreaterThanOrEqual(least)
})

test.each<Family>(['scripts', 'namespaces', 'css'])(
  'all %s, as they are, are against the allowlist',
  (family) => {
    const judge = new Judge()
    const passed = ofFamilies(family).filter(
      ({ text }) => judge.faults({ ...nothing, html: [text] }, ARTICLE).length === 0,
    )
    expect(passed).toEqual([])
  },
)

test('an address that runs is no address of a reader, and a text is no HTML', async () => {
  const judge = new Judge()
  const addresses = ['javascript:top.pwned(1)', 'https://user@evil.example/']
  expect(judge.faults({ ...nothing, addresses }, ARTICLE)).toHaveLength(2)
  expect(await judge.called()).toEqual([1])
  expect(judge.faults({ ...nothing, texts: ['<b>"\'&amp;'] }, ARTICLE)).toEqual([])
  expect(judge.faults({ ...nothing, texts: ['\u0000'] }, ARTICLE)).toHaveLength(1)
})

import { describe, expect, test } from 'vitest'
import type { ImportRecord } from '../../../src/domain/interchange.ts'
import { readPage } from '../../../src/interchange/page.ts'

const SOURCE = { where: 'page.txt', externalId: 'p1' }
const PARAGRAPHS = ['A late- week  note: don’t touch.', 'Next story in line says\u00a0more.']
const TEXT = [
  'Headline',
  ...PARAGRAPHS,
  'Previous Article',
  'Older',
  'Next Article',
  'Newer',
  'Leave a Comment',
]

function page(text: string) {
  return readPage(text, SOURCE).find((record) => record.kind === 'page')
}

function reasons(records: readonly ImportRecord[]) {
  return records.flatMap((record) => (record.kind === 'fault' ? [record.reason] : []))
}

describe('a page as text', () => {
  test.each([['\n'], ['\n\n'], ['\r\n\r\n'], [' \u00a0\t\n\t\n'], ['\r']])(
    'is read with %j between lines',
    (gap) => {
      expect(readPage(`\ufeff${TEXT.join(gap)}${gap}`, SOURCE)).toEqual([
        {
          kind: 'page',
          ...SOURCE,
          title: 'Headline',
          paragraphs: PARAGRAPHS,
          publishedAt: null,
          previousTitle: 'Older',
          nextTitle: 'Newer',
          commentsOpen: true,
        },
      ])
    },
  )

  test('may lack neighbours, labels, headlines behind labels', () => {
    expect(page('H\n\nP')).toMatchObject({ previousTitle: null, nextTitle: null, commentsOpen: false })
    expect(page('H\nP\nNEXT ARTICLE »\nN')).toMatchObject({
      paragraphs: ['P'],
      previousTitle: null,
      nextTitle: 'N',
    })
    expect(page('H\nP\nPrevious Article\nNext Article\nN')).toMatchObject({
      previousTitle: null,
      nextTitle: 'N',
    })
    expect(page('H\nP\nNext Article: N: the sequel')).toMatchObject({ nextTitle: 'N: the sequel' })
  })

  test('reports what it does not take', () => {
    expect(readPage(' \r\n\t', SOURCE)).toEqual([
      { kind: 'fault', where: 'page.txt', reason: 'the page has no headline', skipped: true },
    ])
    expect(reasons(readPage('H', SOURCE))).toEqual(['the page has no paragraphs'])
    expect(reasons(readPage('H\nP\nNext Article\nN\nShare', SOURCE))[0]).toContain('"Share"')
    expect(page('H\0ead\nP')?.title).toBe('Head')
    expect(reasons(readPage('H\0ead\nP', SOURCE))).toHaveLength(1)
  })
})

describe('a page as HTML', () => {
  test('is read from its article, its links and its head', () => {
    const html = `<!doctype html><html><head><title>Site</title><link rel="next" title="Wrong">
      <meta property="article:published_time" content="2024-05-01T10:00:00+02:00"></head><body>
      <header><p>Menu</p></header><p>Cookies</p>
      <article><header><h1>The <em>Head</em>line</h1><time datetime="1999-01-01">then</time></header>
      <p>A late- week\n  note: don’t <a href="/x">touch</a>.<p>B &amp; C<script>no()</script></p>
      <aside><p>Advert</p></aside></article>
      <nav><a rel="prev" href="/1"><span>Previous Article</span> <span>Older</span></a>
      <a rel="next" href="/2">Newer <b>still</b></a></nav><h3>Leave a Comment</h3></body></html>`
    expect(readPage(html, SOURCE)).toEqual([
      {
        kind: 'page',
        ...SOURCE,
        title: 'The Headline',
        paragraphs: ['A late- week note: don’t touch.', 'B & C'],
        publishedAt: '2024-05-01T10:00:00+02:00',
        previousTitle: 'Older',
        nextTitle: 'Newer still',
        commentsOpen: true,
      },
    ])
  })

  test('is read by its labels, and its head gives the headline', () => {
    const html = `<head><title>Bits &amp; Bobs</title></head><body><p>One</p><time datetime="2024-05-01"></time>
      <div>Previous Article</div><h4><a href="/1">Older</a></h4><p>Next Article</p><p>Newer</p></body>`
    expect(page(html)).toMatchObject({
      title: 'Bits & Bobs',
      paragraphs: ['One'],
      publishedAt: '2024-05-01T00:00:00Z',
      previousTitle: 'Older',
      nextTitle: 'Newer',
      commentsOpen: false,
    })
    expect(page('<meta property="og:title" content="OG"><title>T</title><p>x')?.title).toBe('OG')
  })

  test('may be empty or nested beyond measure', () => {
    expect(reasons(readPage('<html></html>', SOURCE))).toEqual(['the page has no headline'])
    expect(page(`<h1>H</h1>${'<div>'.repeat(50_000)}<p>deep`)?.paragraphs).toEqual(['deep'])
  })
})

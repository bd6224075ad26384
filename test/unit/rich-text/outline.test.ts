import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ArticleFormat,
  type RenderedArticle,
  renderArticle,
} from '../../../src/lib/rich-text/article.ts'
import { type Look, lookAt, withoutSpace } from './look.ts'
import { MESSY } from './vectors.ts'

const FORMATS: ArticleFormat[] = ['html', 'markdown', 'text']
const html = (source: string) => renderArticle({ format: 'html', source })
const imageOf = (source: string) => html(source).images[0]

describe('the headings of an article', () => {
  it('are those with an id, as a reader sees them, in order', () => {
    const source =
      '<h2>Fish &amp; <em>chips</em>,\n  today</h2><p>x</p><h4>One<br>two <video src="/v">no video</video></h4><h3>…</h3>' +
      '<blockquote><h2><a href="/x">Fish &lt;chips&gt; today</a></h2></blockquote><h1>10\u00A0€</h1>'
    expect(html(source).headings).toEqual([
      { level: 2, id: 'h-fish-and-chips-today', text: 'Fish & chips, today' },
      { level: 4, id: 'h-one-two', text: 'One two' },
      { level: 2, id: 'h-fish-chips-today', text: 'Fish <chips> today' },
      { level: 1, id: 'h-10-e', text: '10\u00A0€' },
    ])
  })
})

describe('the images of an article', () => {
  it('have what the author said of them', () => {
    expect(
      imageOf(
        '<img src=" //a.example/b?c&amp;d " alt="A &quot;b&quot;" title="T  t" width="640" height="480px">',
      ),
    ).toEqual({
      url: 'https://a.example/b?c&d',
      alt: 'A "b"',
      width: 640,
      height: 480,
      caption: 'T t',
      credit: '',
    })
    expect(imageOf('<img src="/a">')).toEqual({
      url: '/a',
      alt: '',
      width: null,
      height: null,
      caption: '',
      credit: '',
    })
  })

  it.each(['100%', '0', '-1', '1e3', '12.5', '123456', 'auto', ''])(
    'have no size where it says %j',
    (size) => {
      expect(imageOf(`<img src="/a" width="${size}" height="${size}">`)).toMatchObject({
        width: null,
        height: null,
      })
    },
  )

  it('have caption and credit of the innermost figure', () => {
    const source =
      '<figure><figure><img src="/a" title="t"><figcaption>A <b>b</b>ig<br>thing. <cite>Photo:\nX</cite><small>Y</small></figcaption>' +
      '</figure><img src="/b"><p><img src="/c"></p><figcaption><p>All</p><p>of them</p></figcaption></figure><img src="/d">'
    expect(html(source).images.map(({ url, caption, credit }) => [url, caption, credit])).toEqual([
      ['/a', 'A big thing.', 'Photo: X Y'],
      ['/b', 'All of them', ''],
      ['/c', 'All of them', ''],
      ['/d', '', ''],
    ])
  })

  it('have their title as caption where the figure has none', () => {
    expect(imageOf('<figure><img src="/a" title="t"></figure>')?.caption).toBe('t')
    expect(
      imageOf('<figure><img src="/a" title="t"><figcaption><cite>c</cite></figcaption></figure>'),
    ).toMatchObject({ caption: 't', credit: 'c' })
  })

  it('are those that a browser shows: none in frames, each picture once', () => {
    const source =
      '<picture><source srcset="/a.webp"><img src="/a.png" srcset="/a2.png 2x"></picture><img alt="no source">' +
      '<iframe src="https://player.vimeo.com/video/1"><img src="/b"></iframe>'
    expect(html(source).images.map(({ url }) => url)).toEqual(['/a.png'])
  })
})

describe('headings and images of any source', () => {
  it.each(FORMATS)('agree with another look at the HTML, from %s', (format) => {
    fc.assert(
      fc.property(MESSY, (source) => {
        const rendered = renderArticle({ format, source })
        const look = lookAt(rendered.html)
        expect(
          rendered.headings.map(({ text, ...rest }) => ({ ...rest, words: withoutSpace(text) })),
        ).toEqual(look.headings)
        expect(rendered.images.map(comparable)).toEqual(look.images.map(expected))
      }),
      { numRuns: 400 },
    )
  })

  it.each(FORMATS)('are safe and unambiguous, from %s', (format) => {
    fc.assert(
      fc.property(MESSY, (source) => {
        const { headings, images, html: out } = renderArticle({ format, source })
        expect(new Set(headings.map(({ id }) => id)).size).toBe(headings.length)
        for (const { id, text } of headings) {
          expect(id).toMatch(/^h-./)
          expect(text).toBe(text.replace(/[ \t\n\f\r]+/g, ' ').trim())
        }
        expect(images.map(({ url }) => url)).toEqual(
          [...out.matchAll(/<img src="([^"]+)"/g)].map(([, src = '']) => src.replaceAll('&amp;', '&')),
        )
        for (const { url } of images)
          expect(new URL(url, 'https://page.example/').protocol).toMatch(/^https?:$/)
      }),
      { numRuns: 400 },
    )
  })
})

function comparable({ width, height, caption, credit, ...image }: RenderedArticle['images'][number]) {
  return { ...image, sizes: [width, height], caption: withoutSpace(caption), credit: withoutSpace(credit) }
}

function expected({ size, title, captionWords, creditWords, ...image }: Look['images'][number]) {
  const sizes = size.map(
    (written) => Number(/^[1-9]\d{0,4}(?=(px)?$)/.exec(written.trim())?.[0] ?? 0) || null,
  )
  return { ...image, sizes, caption: captionWords || withoutSpace(title), credit: creditWords }
}

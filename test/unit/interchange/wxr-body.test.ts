import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { withParagraphs } from '../../../src/interchange/autop.ts'
import { resolveShortcodes } from '../../../src/interchange/shortcodes.ts'
import { cleanBody } from '../../../src/interchange/wxr-body.ts'

const IMG = '<img src="https://x.test/a.jpg" alt="a" />'
const LINK = '<p><a href="https://x.test/v.mp4">https://x.test/v.mp4</a></p>'

describe('cleanBody', () => {
  test('removes block markers and leaves the HTML of blocks alone', () => {
    const source =
      '<!-- wp:paragraph {"a":"b"} -->\n<p>One\ntwo</p>\n<!-- /wp:paragraph -->\n\n<!--nextpage-->\n<p>3</p>'
    expect(cleanBody(source)).toEqual({ html: '<p>One\ntwo</p>\n\n<p>3</p>', losses: [] })
  })

  test('reports a block that has no content of its own, once', () => {
    const source =
      '<!-- wp:latest-posts {"n":3} /-->x<!-- wp:latest-posts /--><!-- wp:core/block {"ref":1} /-->'
    expect(cleanBody(source)).toEqual({
      html: 'x',
      losses: [
        'block "latest-posts" has no content of its own and is left out',
        'block "core/block" has no content of its own and is left out',
      ],
    })
  })

  test('links the address of an embedded page', () => {
    const embed = (inner: string) => `<figure><div class="wp-block-embed__wrapper">${inner}</div></figure>`
    const { html } = cleanBody(`<!-- wp:embed -->${embed('\nhttps://x.test/v.mp4\n')}<!-- /wp:embed -->`)
    expect(html).toBe(embed('<a href="https://x.test/v.mp4">https://x.test/v.mp4</a>'))
  })

  test('makes paragraphs of a classic body around its shortcodes', () => {
    const { html, losses } = cleanBody(
      `Hi<!--more-->\n\n[caption id="x"]${IMG} Words[/caption]\n[gallery ids="1,2"]\n\nBye`,
    )
    expect(html).toBe(`<p>Hi</p><figure>${IMG}<figcaption>Words</figcaption></figure><p>Bye</p>`)
    expect(losses).toEqual(['shortcode [gallery ids="1,2"] is left out'])
  })

  test('takes a hostile body in the time of a long one', () => {
    const started = performance.now()
    for (const piece of [
      '<!--',
      '[caption',
      '[caption]',
      '[[',
      '<pre>',
      '<div>',
      '</p>',
      '<',
      '\n',
      '<br />\n',
    ]) {
      cleanBody(piece.repeat(100_000))
    }
    cleanBody('[embed]words'.repeat(50_000) + '[/embed]'.repeat(50_000))
    expect(performance.now() - started).toBeLessThan(5000)
  })
})

describe('resolveShortcodes', () => {
  const html = (source: string) => resolveShortcodes(source).html.trim()

  test.each([
    ['[sic] [1] […] [Gallery] [a b="c"] [captions] [http://x.test]'],
    ['Watch: [video] and [recipe], [quiz]'],
    ['[caption'],
    ['array[0][1]'],
  ])('%s is ordinary text', (source) => {
    expect(resolveShortcodes(source)).toEqual({ html: source, losses: [] })
  })

  test.each([
    ['[[gallery]] [[/caption]]', '[gallery] [/caption]'],
    [
      `[caption]<a href="x">${IMG}</a> W <b>b</b>[/caption]`,
      `<figure><a href="x">${IMG}</a><figcaption>W <b>b</b></figcaption></figure>`,
    ],
    [
      `[caption caption="Old <i>way</i>"]${IMG}[/caption]`,
      `<figure>${IMG}<figcaption>Old <i>way</i></figcaption></figure>`,
    ],
    [`[wp_caption]${IMG}[/wp_caption]`, `<figure>${IMG}</figure>`],
    ['[caption]no picture[/caption]', 'no picture'],
    ['[embed width="1"]https://x.test/v.mp4[/embed]', LINK],
    ['[video mp4="https://x.test/v.mp4"][/video]', LINK],
    ['[audio https://x.test/v.mp4]', LINK],
    ['[youtube=https://x.test/v.mp4&w=3]', LINK.replaceAll('.mp4', '.mp4&w=3')],
    ['[vc_row][vc_column w="1/2"]Inner[/vc_column][/vc_row]', 'Inner'],
    ['[code]a[/code]', '<pre><code>a</code></pre>'],
    ['a[/gallery]b', 'ab'],
    ['[vc_row]a[vc_column]b[/vc_row]c', 'abc'],
  ])('%s becomes %s', (source, expected) => {
    expect(html(source)).toBe(expected)
  })

  test('what is lost is named', () => {
    const { html, losses } = resolveShortcodes(
      'a [contact-form-7 id="1"] [gallery] [gallery] [playlist ids=1 /] z',
    )
    expect(html).toBe('a     z')
    expect(losses).toEqual([
      'shortcode [contact-form-7 id="1"] is left out',
      'shortcode [gallery] is left out',
      'shortcode [playlist ids=1 /] is left out',
    ])
  })

  test('text without known names always stays', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('[', ']', '/', 'x', ' ', '"') }), (text) => {
        expect(resolveShortcodes(text).html).toBe(text)
      }),
    )
  })
})

describe('withParagraphs', () => {
  test.each([
    ['', ''],
    ['One\r\nline\n\n\n Two ', '<p>One<br />\nline</p>\n<p>Two</p>'],
    ['<p>As it is</p>', '<p>As it is</p>'],
    ['<p>a\n\nb</p>', '<p>a</p>\n<p>b</p>'],
    ['<p>a\n\n<p>b', '<p>a<p>b'],
    ['a\n<ul>\n<li>b\nc</li>\n</ul>\nd', '<p>a</p><ul>\n<li>b<br />\nc</li>\n</ul><p>d</p>'],
    ['<pre>a\n\n<p>b\nc</pre>', '<pre>a\n\n<p>b\nc</pre>'],
    ['<blockquote>a\n\nb</blockquote>', '<blockquote><p>a</p>\n<p>b</p></blockquote>'],
    ['<div>a</div><div>a\n\nb</div>', '<div>a</div><div><p>a</p>\n<p>b</p></div>'],
    ['<img\nsrc="x">', '<p><img src="x"></p>'],
    ['a<br />\nb', '<p>a<br />\nb</p>'],
    ['<a href="x"><div>b</div></a>', '<a href="x"><div>b</div></a>'],
    ['<h2>a\nb</h2><hr>c', '<h2>a<br />\nb</h2><hr><p>c</p>'],
    ['a < b\nc > d', '<p>a < b<br />\nc > d</p>'],
    ['https://x.test/v.mp4', LINK],
    ['<pretty>a</pretty>', '<p><pretty>a</pretty></p>'],
  ])('%j becomes %j', (source, expected) => {
    expect(withParagraphs(source)).toBe(expected)
  })

  test('loses no word', () => {
    const unit = fc.constantFrom(
      'a',
      'b',
      ' ',
      '\n',
      '\n\n',
      '<p>',
      '</p>',
      '<div>',
      '</div>',
      '<li>',
      '<pre>',
      '</pre>',
      '<b>',
    )
    const words = (html: string) => html.replace(/<[^>]*>/g, '').replace(/\s/g, '')
    fc.assert(
      fc.property(fc.string({ unit }), (source) => {
        expect(words(withParagraphs(source))).toBe(words(source))
      }),
    )
  })
})

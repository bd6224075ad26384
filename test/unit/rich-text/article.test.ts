import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { renderArticle } from '../../../src/lib/rich-text/article.ts'

const html = (source: string) => renderArticle({ format: 'html', source })
const markdown = (source: string) => renderArticle({ format: 'markdown', source })
const text = (source: string) => renderArticle({ format: 'text', source })

describe('renderArticle, HTML', () => {
  it('keeps what publications write', () => {
    const source =
      '<p>H<sub>2</sub>O, <q cite="https://a.example/">so</q> <del>no</del> <kbd>Esc</kbd> ' +
      '<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby></p>' +
      '<table><thead><tr><th scope="col">a</th></tr></thead><tbody><tr><td colspan="2">b</td></tr></tbody></table>' +
      '<pre><code class="language-ts">a &lt; b</code></pre>'
    expect(html(source).html).toBe(source)
  })

  it('embeds named hosts only, over https and sandboxed', () => {
    const frame = html('<iframe src="//www.youtube.com/embed/1" onload="x()" allowfullscreen></iframe>').html
    expect(frame).toContain('src="https://www.youtube.com/embed/1" allowfullscreen loading="lazy"')
    expect(frame).toContain('sandbox="allow-scripts allow-same-origin allow-popups allow-presentation"')
    expect(html('<iframe src="https://evil.example/">x</iframe><p>y</p>').html).toBe('<p>y</p>')
  })

  it('keeps the sound candidates of a srcset and drops an image without source', () => {
    expect(html('<img src="/a.png" srcset="/a.png 1x, data:x 2x" alt="">').html).toBe(
      '<img src="/a.png" srcset="/a.png 1x" alt="" />',
    )
    expect(html('a<img src="data:x" alt="b">c').html).toBe('ac')
  })

  it('never writes about a srcset to the console', () => {
    const log = vi.spyOn(console, 'log')
    expect(html('<img src="/a" srcset="/a 1y, /b (, /c 2x 3w,/d_1,2 2x,/e 30w">').html).toBe(
      '<img src="/a" srcset="/d_1,2 2x, /e 30w" />',
    )
    expect(log).not.toHaveBeenCalled()
    log.mockRestore()
  })

  it('keeps how cells are aligned, by style or by attribute', () => {
    expect(
      html('<table><tr><td style="color:red;text-align: Right">a<td align=CENTER>b<td align=justify>c').html,
    ).toBe('<table><tr><td align="right">a</td><td align="center">b</td><td>c</td></tr></table>')
  })

  it('adds noopener and keeps what the author says about a link', () => {
    expect(html('<a href="//a.example/b" rel="Sponsored opener" target="_blank">x</a>').html).toBe(
      '<a href="https://a.example/b" target="_blank" rel="sponsored noopener">x</a>',
    )
  })

  it('reads an address as a browser does', () => {
    expect(html('<a href=" /\t/a.example/\n">x</a>').html).toBe(
      '<a href="https://a.example/" rel="noopener">x</a>',
    )
  })

  it('unwraps an anchor without address, leaving its neighbours well-formed', () => {
    expect(html('<p><a name="x">t</a><em>y</em></p>').html).toBe('<p>t<em>y</em></p>')
  })

  it('gives headings unique prefixed ids of its own', () => {
    const source = '<h2 id="location">Été</h2><h3>Été</h3><h2>Été 2</h2><h2>東京</h2><h2></h2><h2>Été</h2>'
    const ids = [...html(source).html.matchAll(/<h\d(?: id="([^"]*)")?>/g)].map((match) => match[1])
    expect(ids).toEqual(['h-ete', 'h-ete-2', 'h-ete-2-2', 'h-東京', undefined, 'h-ete-3'])
  })
})

describe('renderArticle, Markdown', () => {
  it('renders code and bare addresses, but no file names as links', () => {
    const { html: out } = markdown('See https://a.example/ and README.md or //b.example\n\n```js\na\n```')
    expect(out).toBe(
      '<p>See <a href="https://a.example/" rel="noopener">https://a.example/</a> and README.md or //b.example</p>\n' +
        '<pre><code class="language-js">a\n</code></pre>',
    )
  })

  it('renders tables with their alignment, and strikethrough', () => {
    expect(markdown('|a|b|\n|:-:|-|\n|~~c~~|').html.replaceAll('\n', '')).toBe(
      '<table><thead><tr><th align="center">a</th><th>b</th></tr></thead>' +
        '<tbody><tr><td align="center"><s>c</s></td><td></td></tr></tbody></table>',
    )
  })

  it('makes a figure of an image with a title that is alone in its paragraph', () => {
    expect(markdown('![a *b*](/i.png "On a &amp; <b>")').html).toBe(
      '<figure><img src="/i.png" alt="a b" /><figcaption>On a &amp; &lt;b&gt;</figcaption></figure>',
    )
    expect(markdown('- [![a][i]](/j)\n\n[i]: /i.png "c"').html.replaceAll('\n', '')).toBe(
      '<ul><li><figure><a href="/j" rel="noopener"><img src="/i.png" alt="a" /></a>' +
        '<figcaption>c</figcaption></figure></li></ul>',
    )
  })

  it.each(['![a](/i.png)', '![a](/i.png "c") text', '![a](/i.png "c")\n![b](/j.png)', '# ![a](/i.png "c")'])(
    'makes no figure of %j',
    (source) => {
      expect(markdown(source).html).not.toContain('<figure')
    },
  )

  it('lets a figure of HTML pass', () => {
    const figure = '<figure><img src="/i.png" alt="a" /><figcaption>b <cite>c</cite></figcaption></figure>'
    expect(markdown(`a\n\n${figure}\n\nb`).html).toBe(`<p>a</p>\n${figure}\n<p>b</p>`)
  })

  it('shows as typed what is nested too deep, and goes on after it', () => {
    expect(markdown(`${'> '.repeat(30)}*a*\n\n*b*`).text).toBe(`${'> '.repeat(16)}*a*\n\nb`)
    expect(markdown(`${'- '.repeat(30)}*a*\n\n*b*`).text).toBe(`${'- '.repeat(23)}*a*\n\nb`)
  })
})

describe('renderArticle, text', () => {
  it('makes paragraphs at blank lines and line breaks at single ones', () => {
    expect(text('a <b>\r\nc\n \t\n\nd & e').html).toBe('<p>a &lt;b&gt;<br />c</p>\n<p>d &amp; e</p>')
  })

  it('gives paragraphs back byte for byte', () => {
    const paragraph = fc
      .string({
        unit: fc.oneof(
          fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 }),
          fc.constantFrom(' ', '&lt;'),
        ),
      })
      .map((s) => s.replace(/[\t\n\f\r\v\u0085\u2028\u2029]/g, '').trim())
      .filter((s) => s !== '')
    fc.assert(
      fc.property(fc.array(paragraph, { maxLength: 6 }), (paragraphs) => {
        const source = paragraphs.join('\n\n')
        expect(text(source).text).toBe(source)
      }),
      { numRuns: 300 },
    )
    expect(text('in late-  week trading\n\nx\u00A0 y').text).toBe('in late-  week trading\n\nx\u00A0 y')
  })
})

describe('the plain text of an article', () => {
  it('separates blocks, rows, items and cells', () => {
    const source =
      '<h2>T</h2>\n<p>a\n  <b>b</b><br>\n c &amp; d</p><ul>\n<li><p>e</p></li><li>f<ul><li>g</li></ul></li></ul>' +
      '<table><tr><th>h</th><td><p>i</p><p>j</p></td></tr><tr><td>k</td></tr></table><pre>\n l\n\n  m\n</pre>' +
      '<video src="/v"><p>No video</p></video><dl><dt>n</dt><dd>o</dd></dl>tail'
    expect(html(source).text).toBe('T\n\na b\nc & d\n\ne\nf\ng\n\nh\ti j\nk\n\n l\n\n  m\n\nn\no\n\ntail')
  })

  it('takes the excerpt from paragraphs, cut between words', () => {
    const source = `<h2>No</h2><figure><figcaption>No</figcaption></figure><p>${'word '.repeat(60)}</p>`
    const { excerpt } = html(source)
    expect(excerpt).toMatch(/^word .* word…$/)
    expect(excerpt.length).toBeLessThanOrEqual(200)
    expect(html('<h2>No</h2>loose').excerpt).toBe('loose')
  })

  it('counts words and minutes', () => {
    expect(html(`<p>${'word '.repeat(231)}</p>`)).toMatchObject({ wordCount: 231, readingMinutes: 2 })
    expect(html('')).toEqual({
      html: '',
      text: '',
      wordCount: 0,
      readingMinutes: 0,
      excerpt: '',
      headings: [],
      images: [],
    })
  })
})

import { describe, expect, it } from 'vitest'
import { renderComment, renderImportedComment } from '../../../src/lib/rich-text/comment.ts'

const LINK = 'rel="nofollow ugc noopener"'

describe('renderComment', () => {
  it('renders the subset', () => {
    expect(renderComment('a *b* **c** `d`\ne\n\n> f\n\n- g\n\n```js\nh\n```').html).toBe(
      '<p>a <em>b</em> <strong>c</strong> <code>d</code><br />\ne</p>\n<blockquote>\n<p>f</p>\n</blockquote>\n' +
        '<ul>\n<li>g</li>\n</ul>\n<pre><code class="language-js">h\n</code></pre>',
    )
  })

  it('shows everything else as typed', () => {
    const source = '# a\nb\n===\n|c|\n|-|\n<b>d</b> &amp; &#x202E;\n[e]: https://a.example/\n---'
    expect(renderComment(source).text).toBe(source)
    expect(renderComment('    indented').html).toBe('<p>indented</p>')
  })

  it('links http(s) only, marked as a reader’s', () => {
    expect(renderComment('[a](https://a.example/b "t") <https://c.example>').html).toBe(
      `<p><a href="https://a.example/b" ${LINK}>a</a> <a href="https://c.example/" ${LINK}>https://c.example</a></p>`,
    )
    const refused = '[a](/b) [c](mailto:d@e.example) d@e.example //f.example'
    expect(renderComment(refused)).toMatchObject({ html: `<p>${refused}</p>`, links: 0 })
  })

  it('never links to an address with credentials', () => {
    const source = '[a](https://b.example@c.example/) https://b.example@c.example/'
    expect(renderComment(source).html).not.toMatch(/href="[^"]*c\.example/)
    expect(renderImportedComment('<a href="https://b.example@c.example/">a</a>').html).toBe('<p>a</p>')
  })

  it('shows an image as a link at most', () => {
    expect(renderComment('![a](https://a.example/i.png)').html).toBe(
      `<p>!<a href="https://a.example/i.png" ${LINK}>a</a></p>`,
    )
  })

  it('does not decode a directional control into the shown address', () => {
    expect(renderComment('https://a.example/%E2%80%AEgpj.exe').text).toBe(
      'https://a.example/%E2%80%AEgpj.exe',
    )
  })

  it.each([
    ['none', 0],
    ['https://www.a.example/', 1],
    ['HTTP://a.example www.b.example', 2],
    ['`https://a.example/ https://b.example/`', 2],
    ['[a](https://a.example/)[b](https://b.example/)', 2],
  ])('counts the links of %j', (source, links) => {
    expect(renderComment(source).links).toBe(links)
  })
})

describe('renderImportedComment', () => {
  it('maps other markup onto the subset', () => {
    expect(
      renderImportedComment('<div><b>a</b></div><h3>b</h3><img src=x><p><br></p><p><i>c</i></p>').html,
    ).toBe('<p><strong>a</strong></p><p>b</p><p><em>c</em></p>')
  })

  it('reads line breaks where there are no blocks', () => {
    expect(renderImportedComment('a <a href="http://b.example">b</a>\r\nc\n\nd')).toEqual({
      html: `<p>a <a href="http://b.example/" ${LINK}>b</a><br />c</p>\n<p>d</p>`,
      text: 'a b\nc\n\nd',
      links: 1,
    })
  })

  it('keeps a paragraph whose only text was in a link without address', () => {
    expect(renderImportedComment('<p><a href="javascript:x">a</a></p>').html).toBe('<p>a</p>')
  })

  it('strips what entities spell', () => {
    expect(renderImportedComment('<p>a&#x202E;b&#8;c</p>').text).toBe('abc')
  })
})

describe('hostile comments of 20 KiB', () => {
  const fill = (unit: string) => unit.repeat(Math.floor(20_480 / unit.length))
  it.each([
    ...[
      '*',
      '_a',
      '**a *b ',
      '[',
      '![',
      '[a](',
      '[a](<',
      '`',
      '` `` ',
      '<',
      '<a',
      '<!--',
      '&',
      '\\',
      '(',
      '>',
      '> - ',
      '- ',
    ],
    ...[
      '1. ',
      '\t',
      ' ',
      '~~~',
      '```a\n',
      'http://',
      'https://a.',
      'http://a.example/(',
      'a@',
      'mailto:',
      '//',
      'www.a.',
    ],
    ...[
      'x'.repeat(99),
      '\u0301',
      '\u2066',
      '\u2066\u2069',
      '<b>',
      '</p>',
      '<p>',
      '<a href=',
      '&#x;',
      '*a_',
      'a\n',
    ],
  ])('completes for %j', (unit) => {
    expect(renderComment(fill(unit)).html).toBeTypeOf('string')
    expect(renderImportedComment(fill(unit)).html).toBeTypeOf('string')
  })
})

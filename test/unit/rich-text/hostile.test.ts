import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ArticleFormat, BODY_MAX_BYTES, renderArticle } from '../../../src/lib/rich-text/article.ts'
import { shallowPieces } from '../../../src/lib/rich-text/nesting.ts'
import { shapeOf } from './look.ts'
import { MESSY } from './vectors.ts'

const fill = (unit: string, bytes = BODY_MAX_BYTES): string => unit.repeat(Math.floor(bytes / unit.length))
const lines = (line: (n: number) => string): string => {
  let text = ''
  for (let n = 0; text.length < BODY_MAX_BYTES; n++) text += `${line(n)}\n`
  return text
}

/** That nothing is out of proportion: neither what is sent, nor what is stored, nor how deep it goes. */
function expectBounded(format: ArticleFormat, source: string): void {
  const { html, text, headings, images } = renderArticle({ format, source })
  const shape = shapeOf(html)
  expect(shape.depth).toBeLessThanOrEqual(60)
  expect(shape.elements).toBeLessThanOrEqual(format === 'html' ? source.length / 3 : 160_000)
  expect(html.length).toBeLessThanOrEqual(16 * source.length)
  expect(text.length).toBeLessThanOrEqual(2 * source.length)
  expect(JSON.stringify({ headings, images }).length).toBeLessThanOrEqual(16 * source.length + 1_100_000)
}

describe('16 KiB', () => {
  it.each([
    ...['*', '_a', '**a *b ', '*a_ ', '~~', '[', '![', '[a](', '[a](<', '[a][', '![a](b "c")\n\n', '![a](b)'],
    ...['`', '` `` ', '<', '<a', '</', '<!--', '<![CDATA[', '<?', '&', '&amp;', '&#x', '\\', '\\\n', '('],
    ...[
      '>',
      '> ',
      '> - ',
      '- ',
      '-\n',
      '- a\n',
      '1. ',
      '# ',
      '# a\n',
      'a\n=\n',
      '---\n',
      '~~~\n',
      '    a\n\n',
    ],
    ...[
      '[a]: b\n',
      '[a]: b "\n',
      'a|b\n-|-\n',
      '|',
      '|\n',
      '-|',
      'http://',
      'http://a.example/(',
      'a@b.example ',
    ],
    ...[
      '<b>',
      '</b>',
      '</p>',
      '<p>',
      '<x>',
      '<div><p>',
      '<a>',
      '<a href=x>',
      '<a href=ftp:x>&</a>',
      '&&<img>',
    ],
    ...[
      '<table><tr><td>',
      '<tr><td>x',
      '<dl><dt>x',
      '<ul><li>',
      '<h2>',
      '<h2>x',
      '<h2>x</h2>',
      '<svg>',
      '<select>',
    ],
    ...['<figure>', '<figure><figcaption>x', '<figcaption><cite>x', '<img src=x>', '<picture><source src=x>'],
    ...[
      '<iframe src=https://e.infogram.com/a>',
      '<iframe>x',
      '<video src=x>',
      '<br>',
      '<pre> \n',
      '\uFDFA',
      '\u0301',
    ],
  ])('of %j stay in proportion', (unit) => {
    for (const format of ['html', 'markdown', 'text'] as const) expectBounded(format, fill(unit, 16_384))
  })
})

describe('512 KiB', () => {
  it.each([
    ['paragraphs', fill('a\n\n')],
    ['items of nothing', fill('-\n')],
    ['cells', `|a|b|\n|-|-|\n${fill('|a|b|\n')}`],
    ['short rows in a wide table', `${'|a'.repeat(500)}\n${'|-'.repeat(500)}\n${fill('b\n')}`],
    ['many wide tables', fill(`${'|a'.repeat(250)}\n${'|-'.repeat(250)}\n${'b\n'.repeat(250)}\n`)],
    ['lazy lines in deep quotes', `${'>'.repeat(5_000)}${fill('a\n')}`],
    ['deeper and deeper lists', lines((n) => `${' '.repeat(2 * n)}- a`)],
    ['uses of one long address', `[a]: /${'x'.repeat(100_000)} "${'y'.repeat(100_000)}"\n\n${fill('[a]')}`],
    ['images by one long address', `[a]: /${'x'.repeat(1_000)}\n\n${fill('![a]')}`],
    ['line breaks', fill('\\\n')],
    ['links that lead nowhere', fill('[a](ftp://b) ')],
  ])('of Markdown, %s, stay in proportion', (_, source) => {
    expectBounded('markdown', source.slice(0, BODY_MAX_BYTES))
  })

  it.each([
    ['open elements', fill('<b>')],
    [
      'open elements, then paragraphs',
      `${fill('<b>', BODY_MAX_BYTES / 2)}${fill('<p>', BODY_MAX_BYTES / 2)}`,
    ],
    ['ends without a beginning', `${fill('<b>', BODY_MAX_BYTES / 2)}${fill('</i>', BODY_MAX_BYTES / 2)}`],
    ['images without an address', fill('&&<img>')],
    ['links that lead nowhere', fill('<a href=ftp:x>&</a>')],
    ['frames of nobody', fill('&<iframe>&</iframe>')],
    ['empty headings', fill('<h2></h2>')],
    ['the same heading', fill('<h2>a</h2>')],
    [
      'images with one long caption',
      `<figure>${fill('<img src=a>', 250_000)}<figcaption>${'b'.repeat(250_000)}`,
    ],
    ['images in figures within figures', `${fill('<figure><img src=a>')}<figcaption>b`],
    ['candidates for an image', `<img src=a srcset="${fill('a 1x, ')}">`],
  ])('of HTML, %s, stay in proportion', (_, source) => {
    expectBounded('html', source.slice(0, BODY_MAX_BYTES))
  })

  it.each([
    ['html', '<b>'],
    ['markdown', '- '],
    ['markdown', 'a\n\n'],
    ['markdown', '*a* '],
    ['markdown', '-\n'],
    ['markdown', '|a|\n|-|\n\n'],
  ] as const)('of %s, %j, lose no word', (format, unit) => {
    const { text } = renderArticle({ format, source: `first\n\n${fill(unit)}last` })
    expect(text).toMatch(/^first.*last$/s)
  })
})

describe('what is dear', () => {
  it.each(['[a](b)', '![a](b)', '<http:x>', 'http://x ', '[r]'])(
    'as links, %j, ends, and goes on as words',
    (unit) => {
      const { html } = renderArticle({ format: 'markdown', source: `[r]: b\n\n${fill(unit, 200_000)}` })
      const links = html.match(/<a |<img /g)?.length ?? 0
      expect(links).toBeGreaterThan(10_000)
      expect(links).toBeLessThanOrEqual(20_000)
      expect(html.endsWith(`${unit.trim().replace('<', '&lt;').replace('>', '&gt;')}</p>`)).toBe(true)
    },
  )

  it('as headings with an id, ends', () => {
    const { html, headings } = renderArticle({ format: 'html', source: '<h2>a</h2>'.repeat(5_001) })
    expect(headings).toHaveLength(5_000)
    expect(html).toMatch(/<h2 id="h-a-5000">a<\/h2><h2>a<\/h2>$/)
  })
})

describe('the end of the work', () => {
  it.each([149_997, 149_998, 149_999, 150_000])(
    'before a list and a table, after %i tokens, loses nothing',
    (tokens) => {
      const before = `${'a\n\n'.repeat(Math.floor(tokens / 3))}${'---\n'.repeat(tokens % 3)}`
      const { text } = renderArticle({ format: 'markdown', source: `${before}- b\n- c\n\n|d|\n|-|\n|e|` })
      expect(text.replace(/[^b-e]/g, '')).toBe('bcde')
    },
  )
})

describe('pieces of HTML', () => {
  it('are all of it, none of them deep', () => {
    const source = '<p>a</p>x<b title="<i>">&lt;<!-- <b> -->'.repeat(2_000)
    const pieces = shallowPieces(source)
    expect(pieces.join('')).toBe(source)
    expect(pieces).toHaveLength(Math.ceil(2_000 / 250))
    for (const piece of pieces) expect(piece.match(/<b title/g)?.length).toBeLessThanOrEqual(250)
  })

  it('are one for what is not deep', () => {
    fc.assert(
      fc.property(MESSY, (source) => {
        expect(shallowPieces(source)).toEqual([source])
      }),
    )
  })
})

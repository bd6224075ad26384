import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ArticleFormat, renderArticle } from '../../../src/lib/rich-text/article.ts'
import { renderComment, renderImportedComment } from '../../../src/lib/rich-text/comment.ts'
import { ARTICLE, COMMENT } from './allowlist.ts'
import { MESSY, VECTORS } from './vectors.ts'
import { trespasses } from './walker.ts'

const FORMATS: ArticleFormat[] = ['html', 'markdown', 'text']

describe('the walker itself', () => {
  it.each([
    ['<p onclick="x">', ARTICLE],
    ['<a href="javascript:x" rel="noopener">', ARTICLE],
    ['<img src="/i" srcset="/i 1x, data:x 2x">', ARTICLE],
    ['<iframe src="https://evil.example/">', ARTICLE],
    ['<img src="/i">', COMMENT],
    ['<!-- x -->', COMMENT],
  ])('sees what is wrong with %s', (html, allowed) => {
    expect(trespasses(html, allowed)).not.toEqual([])
  })
})

describe.each(VECTORS)('%j', (vector) => {
  it.each(FORMATS)('leaves nothing but the allowlist in a %s article', (format) => {
    expect(trespasses(renderArticle({ format, source: vector }).html, ARTICLE)).toEqual([])
  })

  it('leaves nothing but the allowlist in a comment', () => {
    expect(trespasses(renderComment(vector).html, COMMENT)).toEqual([])
    expect(trespasses(renderImportedComment(vector).html, COMMENT)).toEqual([])
  })
})

describe('any source', () => {
  it.each(FORMATS)('becomes an allowlisted, stable article from %s', (format) => {
    fc.assert(
      fc.property(MESSY, (source) => {
        const { html } = renderArticle({ format, source })
        expect(trespasses(html, ARTICLE)).toEqual([])
        expect(renderArticle({ format: 'html', source: html }).html).toBe(html)
      }),
      { numRuns: 400 },
    )
  })

  it.each([
    ['comment', renderComment],
    ['imported comment', renderImportedComment],
  ])('becomes an allowlisted, stable %s', (_, render) => {
    fc.assert(
      fc.property(MESSY, (source) => {
        const { html } = render(source)
        expect(trespasses(html, COMMENT)).toEqual([])
        expect(renderImportedComment(html).html).toBe(html)
      }),
      // a letter and its accent on both sides of a tag that goes
      { numRuns: 400, examples: [['g</p>\u0301<pre>']] },
    )
  })
})

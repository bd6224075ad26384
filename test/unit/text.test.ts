import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanBody, cleanName } from '../../src/lib/rich-text/clean-text.ts'
import * as text from '../../src/lib/text.ts'

const anyText = fc.string({ unit: 'binary' })

describe('slugify', () => {
  it.each([
    ['Hello, World & Co', 'hello-world-and-co'],
    ['McDonald’s Été', 'mcdonalds-ete'],
    ['Привет мир', 'privet-mir'],
    ['東京 ２０２４？', '東京-2024'],
    ['第3回', '第3回'],
    ['\u1C90', 'a'],
    ['Ａ東京', 'a'],
    ['1984', '1984'],
    ['東京、大阪', '東京-大阪'],
    ['हिन्दी समाचार', 'हिन्दी-समाचार'],
    ['?! 🎉', ''],
    ['\u3164\u200B', ''],
    ['12345678 1234 1234 1234 123456789abc', 'a-12345678-1234-1234-1234-123456789abc'],
    [`${'word '.repeat(15)}unfinished`, Array(15).fill('word').join('-')],
    ['x'.repeat(100), 'x'.repeat(80)],
  ])('%j becomes %j', (title, slug) => expect(text.slugify(title)).toBe(slug))

  it('is bounded, storable in a path, and a slug of itself', () => {
    fc.assert(
      fc.property(anyText, (title) => {
        const slug = text.slugify(title)
        expect([...slug].length).toBeLessThanOrEqual(82)
        expect(slug).not.toMatch(/[\s/?#%]|^-|-$/)
        expect(text.slugify(slug)).toBe(slug)
      }),
    )
  })
})

describe('truncateAtWord', () => {
  it.each([
    ['short', 5, 'short'],
    ['one two three', 9, 'one two…'],
    ['one two, three', 9, 'one two…'],
    ['incomprehensible', 6, 'incom…'],
    ['a incomprehensible', 9, 'a incomp…'],
    ['😀😀😀', 2, '😀…'],
  ])('%j to %i', (s, max, cut) => expect(text.truncateAtWord(s, max)).toBe(cut))

  it('never exceeds the limit', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 30 }), (s, max) => {
        expect([...text.truncateAtWord(s, max)].length).toBeLessThanOrEqual(max)
      }),
    )
  })
})

describe('counting', () => {
  it.each([
    ['', 0],
    ['— … !', 0],
    ['It’s a well-known 3.5', 5],
    ['東京タワー、です。', 7],
    ['GPT 東京', 3],
    ['한국어 뉴스', 2],
    ['हिन्दी समाचार', 2],
  ])('wordCount(%j) is %i', (s, words) => expect(text.wordCount(s)).toBe(words))

  it('rounds reading time up, 0 only for nothing', () => {
    expect([0, 1, 230, 231].map(text.readingMinutes)).toEqual([0, 1, 1, 2])
  })
})

describe('nearest', () => {
  it.each([
    ['categroy', 'category'],
    ['publishedafter', 'publishedAfter'],
    ['zzz', undefined],
    ['ab', undefined],
    ['', undefined],
  ])('%j: %j', (name, expected) => {
    expect(text.nearest(name, ['id', 'category', 'publishedAfter'])).toBe(expected)
  })
})

describe('cleanName', () => {
  it.each([
    ['  Zoe\u0308\t\u3000 Q ', { value: 'Zo\u00EB Q' }],
    ['👩‍🚀', { value: '👩‍🚀' }],
    ['a\u202Eb', { reason: 'bidi_control' }],
    ['a\u2067b\u2069', { reason: 'bidi_control' }],
    ['a\u0007b', { reason: 'control' }],
    ['a\uD800', { reason: 'control' }],
    ['a\u{E0061}', { reason: 'tag' }],
    ['', { reason: 'invisible' }],
    ['\u200B\u2800\u3164\u0301', { reason: 'invisible' }],
    [`z${'\u0334'.repeat(9)}`, { value: `z${'\u0334'.repeat(4)}` }],
  ])('%j', (name, expected) => expect(cleanName(name)).toEqual(expected))
})

describe('cleanBody', () => {
  it.each([
    [' a\r\nb\rc\t\u0007\u0085d ', 'a\nb\nc\td'],
    ['a\u202Eb\u200Fc\u061C', 'abc'],
    ['\u2067a\u2069 \u2066b', '\u2067a\u2069 b'],
    ['\u2066a\n\u2069b', 'a\nb'],
    ['\u2066\u2067a\u2069', '\u2067a\u2069'],
    ['Việt e\u0301', 'Việt \u00E9'],
    [`z${'\u0334'.repeat(9)}y`, `z${'\u0334'.repeat(4)}y`],
    [`z${'\u0334\u200D'.repeat(9)}`, `z${'\u0334\u200D'.repeat(4)}${'\u200D'.repeat(5)}`],
    ['👨‍👩‍👧 🏴\u{E0067}\u{E007F} می\u200Cخواهم', '👨‍👩‍👧 🏴\u{E0067}\u{E007F} می\u200Cخواهم'],
    ['\u200B\u200D', ''],
  ])('%j', (body, expected) => expect(cleanBody(body)).toBe(expected))

  it('is storable, in NFC, and clean of itself', () => {
    const hostile = fc.string({
      unit: fc.constantFrom(
        'a',
        '\u0301',
        '\u0338',
        '\u2067',
        '\u2069',
        '\n',
        '\r',
        '\0',
        '\uD800',
        '<',
        '>',
      ),
    })
    fc.assert(
      fc.property(fc.oneof(anyText, hostile), (s) => {
        const body = cleanBody(s)
        expect(body.isWellFormed() && !body.includes('\0')).toBe(true)
        expect(body.normalize('NFC')).toBe(body)
        expect(cleanBody(body)).toBe(body)
      }),
    )
  })
})

describe('cleanHttpUrl', () => {
  it.each([
    ['HTTPS://Example.com', 'https://example.com/'],
    ['http://exämple.com/ü', 'http://xn--exmple-cua.com/%C3%BC'],
    ['https://a@example.com/', undefined],
    ['https://:b@example.com/', undefined],
    ['javascript:alert(1)', undefined],
    ['example.com', undefined],
    [`https://a.example/${'x'.repeat(183)}`, undefined],
    [`https://a.example/${'ü'.repeat(40)}`, undefined],
  ])('%j', (url, expected) => expect(text.cleanHttpUrl(url)).toBe(expected))
})

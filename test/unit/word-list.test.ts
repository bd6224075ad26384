import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { compileWordList, normaliseEntry } from '../../src/lib/word-list.ts'

describe('normaliseEntry', () => {
  it.each([
    ['  Buy\t\u3000NOW ', 'buy now'],
    ['ＳＰＡＭ', 'spam'],
    ['s\u200Bp\u00ADa\u2060m\uFE0F', 'spam'],
    ['Straße', 'strasse'],
    ['STRAẞE', 'strasse'],
    ['ΛΌΓΟΣ', 'λόγοσ'],
    ['λόγος', 'λόγοσ'],
    ['ISTANBUL', 'istanbul'],
    ['İstanbul', 'istanbul'],
    ['cafe\u200D\u0301', 'café'],
    ['s\u0336p\u0336am', 'spam'],
    ['don’t—stop', "don't-stop"],
    ['\u200B\u3164\u00AD', ''],
  ])('%j is %j', (entry, normal) => expect(normaliseEntry(entry)).toBe(normal))

  it('is normal itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (entry) => {
        expect(normaliseEntry(normaliseEntry(entry))).toBe(normaliseEntry(entry))
      }),
    )
  })
})

describe('a word list', () => {
  it.each([
    ['ass', 'You ass!', true],
    ['ass', 'Ass’s', true],
    ['ass', 'a first-class passage', false],
    ['ass', 'ass1', false],
    ['ass', 'bass ass', true],
    ['ano', 'el año', false],
    ['bag', 'bag\u0303el', false],
    ['free money', 'FREE -- money.', true],
    ['free money', 'free the money', false],
    ['free money', 'carefree money', false],
    ['free money', 'free moneybags', false],
    ['very bad word', 'very very bad word', true],
    ['垃圾', '这是垃圾信息', true],
    ['垃圾', '垃 圾', true],
    ['垃圾', '垃信圾', false],
    ['ばか', 'おまえはばかだ', true],
    ['ﾊﾞｶ', 'このバカ', true],
    ['คำ', 'นี่คือคำหยาบ', true],
    ['ពាក្យ', 'នេះជាពាក្យអាក្រក់', true],
    ['ຄຳ', 'ນີ້ແມ່ນຄຳຫຍາບ', true],
    ['စကား', 'ဒီစကားဆိုး', true],
    ['spam', '垃圾spam信息', true],
    ['गाली', 'यह गाली है', true],
    ['गाल', 'यह गाली है', false],
    ['a$$', 'What an a$$.', true],
    ['a$$', 'a', false],
    ['a$$', 'pa$$', false],
    ['c++', 'I like c', false],
    ['example.com', 'see https://example.com/x', true],
    ['example.com', 'an example, com', false],
    ["don't", 'I don’t', true],
    ['🍆', 'look 🍆\uFE0F🍆', true],
    ['.*', 'anything', false],
    ['(a+)+$', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', false],
    ['\u200B', 'any\u200Bthing', false],
    ['', '', false],
  ])('%j in %j: %j', (entry, text, isFound) => {
    expect(compileWordList([entry]).find(text)).toBe(isFound ? entry : undefined)
  })

  it('tells the first entry as it was given, words before those with signs', () => {
    const list = compileWordList(['B@d', 'Worse', 'bad', 'BAD', 'bad luck'])
    expect(list.find('worse than bad')).toBe('Worse')
    expect(list.find('bad luck, worse')).toBe('bad')
    expect(list.find('b@d and worse')).toBe('Worse')
    expect(list.find('b@d')).toBe('B@d')
    expect(list.find('good')).toBeUndefined()
  })

  const letter = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzäéñøšж')
  const word = fc.string({ unit: letter, minLength: 1, maxLength: 12 })

  it('finds a word however it is disguised', () => {
    const disguises: ((letter: string) => string)[] = [
      (letter) => letter.toUpperCase(),
      (letter) => letter.normalize('NFD'),
      (letter) => (/[a-z]/.test(letter) ? String.fromCodePoint(letter.charCodeAt(0) + 0xfee0) : letter),
      (letter) => (/[a-z]/.test(letter) ? String.fromCodePoint(letter.charCodeAt(0) + 0x1d3b9) : letter),
      ...[
        '\u200B',
        '\u200D',
        '\u00AD',
        '\u2060',
        '\uFEFF',
        '\u202E',
        '\u{E0061}',
        '\u3164',
        '\u0336',
        '\u0007',
      ].map((hidden) => (letter: string) => letter + hidden),
    ]
    const choices = fc.array(fc.constantFrom(...disguises), { minLength: 12, maxLength: 12 })
    fc.assert(
      fc.property(word, choices, (entry, chosen) => {
        const disguised = [...entry].map((letter, at) => chosen[at]?.(letter) ?? letter).join('')
        expect(compileWordList([entry]).find(`It is ${disguised}.`)).toBe(entry)
      }),
    )
  })

  it('never finds a word within a longer one', () => {
    fc.assert(
      fc.property(word, word, fc.boolean(), (entry, more, isBefore) => {
        const longer = isBefore ? more + entry : entry + more
        expect(compileWordList([entry]).find(`a1 ${longer}, b2`)).toBeUndefined()
      }),
    )
  })

  it('finds what a search for each entry among the words of the text finds', () => {
    const sentence = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 6 })
    const entries = fc.array(
      sentence.map((words) => words.join(' ')),
      { maxLength: 8 },
    )
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 })
    fc.assert(
      fc.property(entries, text, (list, words) => {
        const plain = ` ${words.join(' ')} `
        const found = list
          .map((entry) => ({ entry, at: plain.indexOf(` ${entry} `) }))
          .filter(({ at }) => at >= 0)
          .sort((a, b) => a.at - b.at || a.entry.length - b.entry.length)
        expect(compileWordList(list).find(words.join(', '))).toBe(found[0]?.entry)
      }),
    )
  })
})

describe('the work of a search', () => {
  afterEach(() => vi.restoreAllMocks())

  /** How often a list of 2,000 entries of 64 code points looks something up, in a text of 20 KiB. */
  const lookups = (entryOf: (n: number) => string, text: string): number => {
    const entries = Array.from({ length: 2000 }, (_, n) => [...entryOf(n)].slice(-64).join(''))
    const list = compileWordList(entries)
    expect(new Set(entries).size).toBe(2000)
    expect(Buffer.byteLength(text)).toBeGreaterThanOrEqual(20 * 1024 - 64)
    const get = vi.spyOn(Map.prototype, 'get')
    expect(list.find(text)).toBeUndefined()
    return get.mock.calls.length
  }

  it.each([
    ['one long beginning', (n: number) => `${'a '.repeat(40)}b${n}`, 'a '.repeat(10 * 1024)],
    ['unspaced', (n: number) => `${'字'.repeat(60)}${String.fromCodePoint(0x4e00 + n)}`, '字'.repeat(6820)],
    ['signs', (n: number) => `${'!'.repeat(60)}${n}`, '!'.repeat(20 * 1024)],
    ['long words', (n: number) => `${'a'.repeat(60)}${n}`, 'a'.repeat(20 * 1024)],
  ])('is bounded by the text and the longest entry: %s', (_, entryOf, text) => {
    expect(lookups(entryOf, text)).toBeLessThanOrEqual(text.length * 64)
  })

  it('does not grow with the list where its entries begin otherwise', () => {
    const text = 'word '.repeat(4 * 1024)
    expect(lookups((n) => `other${n} word`, text)).toBeLessThanOrEqual(4 * 1024)
  })
})

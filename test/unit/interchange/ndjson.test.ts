import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InputError } from '../../../src/interchange/errors.ts'
import { parseFieldMap } from '../../../src/interchange/field-map.ts'
import { LONGEST_LINE, readNdjson } from '../../../src/interchange/ndjson.ts'
import { articles, chunked, collect, cut, faults } from './support.ts'

const DATED = { id: 1, title: 'T', publishedAt: '2024-05-01T10:00:00Z' }

function read(text: string, map = '', sizes: readonly number[] = []) {
  return collect(readNdjson(chunked(cut(text, sizes)), parseFieldMap(map)))
}

async function readRow(row: object, map = '') {
  const records = await read(JSON.stringify(row), map)
  return { article: articles(records)[0], faults: faults(records) }
}

describe('parseFieldMap', () => {
  test('takes source fields and literals, with spaces or without', () => {
    const map = parseFieldMap('publishedAt=date, categories = topics,bodyFormat=:html')
    expect([...map]).toEqual([
      ['publishedAt', { field: 'date' }],
      ['categories', { field: 'topics' }],
      ['bodyFormat', { literal: 'html' }],
    ])
    expect(parseFieldMap('').size).toBe(0)
  })

  test.each([
    ['publishedat=date', 'did you mean "publishedAt"?'],
    ['tag=places', 'did you mean "tags"?'],
    ['title', 'where "field=source"'],
    ['title=', 'where "field=source"'],
    ['=title', 'where "field=source"'],
    ['title=a,title=b', 'twice'],
    ['bodyFormat=:pdf', 'no body format'],
    ['id=:1', 'same "id"'],
  ])('refuses %s', (written, message) => {
    expect(() => parseFieldMap(written)).toThrow(InputError)
    expect(() => parseFieldMap(written)).toThrow(message)
  })
})

describe('readNdjson', () => {
  test('reads every field under its own name', async () => {
    const row = {
      ...DATED,
      slug: 's',
      subtitle: 'Sub',
      excerpt: 'Ex',
      body: '<p>B</p>',
      bodyFormat: 'html',
      status: 'archived',
      unpublishAt: '2030-01-01',
      updatedAt: '2024-05-02 10:00:00+0200',
      authors: [{ name: 'Ann Lee', slug: 'ann' }, 'Bo'],
      categories: 'World',
      tags: ['a', 'a', 'b'],
      cover: { url: 'https://x.test/a.jpg', alt: 'A' },
      locale: 'de',
      featured: true,
      commentPolicy: 'held',
    }
    expect(await readRow(row)).toEqual({
      faults: [],
      article: {
        kind: 'article',
        where: 'line 1',
        externalId: '1',
        slug: 's',
        title: 'T',
        subtitle: 'Sub',
        excerpt: 'Ex',
        body: { format: 'html', source: '<p>B</p>' },
        status: 'archived',
        publishedAt: '2024-05-01T10:00:00Z',
        unpublishAt: '2030-01-01T00:00:00Z',
        updatedAt: '2024-05-02T10:00:00+02:00',
        authors: [{ name: 'Ann Lee', slug: 'ann' }, { name: 'Bo' }],
        categories: [{ name: 'World' }],
        tags: [{ name: 'a' }, { name: 'b' }],
        coverUrl: 'https://x.test/a.jpg',
        coverAlt: 'A',
        locale: 'de',
        featured: true,
        commentPolicy: 'held',
      },
    })
  })

  test('reads under other names, and never what every object inherits', async () => {
    const row = { id: 1, headline: 'H', date: '1987-02-26T15:01:01.790Z', topics: ['cocoa'] }
    const map = 'title=headline,publishedAt=date,categories=topics,slug=constructor,body=toString'
    const { article, faults } = await readRow(row, map)
    expect(faults).toEqual([])
    expect(article).toMatchObject({
      title: 'H',
      publishedAt: '1987-02-26T15:01:01.790Z',
      body: { source: '' },
    })
    expect(article?.slug).toBeUndefined()
  })

  test.each([
    ['{"id":', 'not well-formed JSON'],
    ['[1]', 'not a JSON object'],
    ['null', 'not a JSON object'],
    ['{"title":"x"}', 'no id'],
    ['{"id":" "}', 'no id'],
    ['{"id":{}}', 'field "id" is not a string'],
    ['{"id":12345678901234567890}', 'field "id" is a number that is not read exactly; write it as a string'],
    ['{"id":1,"body":["x"]}', 'field "body" is not a string'],
  ])('leaves out %s and goes on', async (line, reason) => {
    const records = await read(`\n\n${line}\r\n${JSON.stringify(DATED)}`)
    expect(faults(records)).toEqual([{ kind: 'fault', where: 'line 3', reason, skipped: true }])
    expect(articles(records).map(({ where }) => where)).toEqual(['line 4'])
  })

  test.each([
    ['title', 5],
    ['slug', []],
    ['featured', 'yes'],
    ['commentPolicy', 'shut'],
    ['tags', [{ title: 'x' }]],
    ['categories', 3],
    ['updatedAt', 'yesterday'],
    ['unpublishAt', '2024-02-30'],
    ['bodyFormat', 'pdf'],
    ['cover', 1],
  ])('takes an article without a wrong %s, and says so', async (field, value) => {
    const { article, faults } = await readRow({ ...DATED, [field]: value })
    expect(article?.status).toBe('published')
    expect(faults[0]).toMatchObject({ skipped: false })
    expect(faults[0]?.reason).toContain(`"${field}"`)
  })

  test('without a date, or with an unknown status, nothing becomes public', async () => {
    const undated = await readRow({ id: 1, title: 'T', publishedAt: null })
    expect(undated.article).toMatchObject({ status: 'draft', publishedAt: null })
    expect(undated.faults).toMatchObject([{ reason: 'no date: kept as a draft', skipped: false }])
    expect((await readRow({ ...DATED, status: 'embargoed' })).article?.status).toBe('draft')
    expect((await readRow({ ...DATED, status: 'scheduled' })).article?.status).toBe('published')
    expect((await readRow({ id: 1, title: 'T', status: 'draft' })).faults).toEqual([])
  })

  test('a missing title is made from the body', async () => {
    const title = async (row: object) => (await readRow({ ...DATED, title: ' ', ...row })).article?.title
    expect(await title({ body: 'Short news.' })).toBe('Short news.')
    expect(await title({})).toBe('Untitled')
    expect(await title({ body: '<p>Hello <b>you</b></p><p>x', bodyFormat: 'html' })).toBe('Hello you x')
    expect(await title({ body: 'word '.repeat(40) })).toMatch(/^(word ?){5,14}…$/)
    const { faults } = await readRow({ ...DATED, title: null })
    expect(faults).toMatchObject([{ reason: 'no title: "Untitled" was made up', skipped: false }])
  })

  test('text is decoded and freed of control characters and hard line ends', async () => {
    const body = 'One of &lt;BP>\ngoes AT&T &amp;c.\n    Two\nis here.\n\n Reuter\n&#3;'
    const { article } = await readRow({ ...DATED, title: 'OIL &lt;SRD> &#27;UP', body })
    expect(article?.title).toBe('OIL <SRD> UP')
    expect(article?.body.source).toBe('One of <BP> goes AT&T &c.\n\nTwo is here.\n\nReuter')
  })

  test('in a text with long lines every line is a paragraph', async () => {
    const long = 'long '.repeat(30).trim()
    const { article } = await readRow({ ...DATED, body: `First.\n${long}\nLast.` })
    expect(article?.body.source).toBe(`First.\n\n${long}\n\nLast.`)
  })

  test('HTML and Markdown bodies stay as they are', async () => {
    const body = '    a &lt; b\nc'
    for (const format of ['html', 'markdown']) {
      const { article } = await readRow({ ...DATED, body }, `bodyFormat=:${format}`)
      expect(article?.body).toEqual({ format, source: body })
    }
  })

  test('NUL and half surrogate pairs are removed, and that is said', async () => {
    const text = '{"id":1,"publishedAt":"2024-05-01","title":"a\\u0000b\\ud800c\\ud83c\\udf0d","body":"x"}'
    const records = await read(text)
    expect(articles(records)[0]?.title).toBe('abc🌍')
    expect(faults(records)).toMatchObject([{ skipped: false }])
    expect(faults(records)[0]?.reason).toContain('"title"')
  })

  test('a line beyond the bound is passed over without being kept', async () => {
    const piece = 'x'.repeat(1024 * 1024)
    async function* endless() {
      yield `${JSON.stringify(DATED)}\n`
      for (let count = 0; count < 200; count += 1) yield piece
      yield `\n${JSON.stringify(DATED)}`
    }
    const before = process.memoryUsage().heapUsed
    const records = await collect(readNdjson(endless(), new Map()))
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(60e6)
    expect(articles(records).map(({ where }) => where)).toEqual(['line 1', 'line 3'])
    expect(faults(records)).toMatchObject([{ where: 'line 2', skipped: true }])
    expect(faults(records)[0]?.reason).toContain(String(LONGEST_LINE))
  })

  test('deep nesting and doubled ids are no trouble', async () => {
    const deep = `{"id":1,"title":"T","body":${'['.repeat(200_000)}`
    const records = await read([deep, JSON.stringify(DATED), JSON.stringify(DATED)].join('\n'))
    expect(records.map(({ kind }) => kind)).toEqual(['fault', 'article', 'article'])
  })

  test('any chunking gives the same records', async () => {
    const text = `${JSON.stringify({ ...DATED, body: 'é🌍' })}\r\n\n{"id":}\n{"id":2}\r\n`
    const whole = await read(text)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 12 })), async (sizes) => {
        expect(await read(text, '', sizes)).toEqual(whole)
      }),
    )
  })

  test('no row, whatever it holds, ends the reading', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            id: fc.jsonValue(),
            title: fc.jsonValue(),
            body: fc.jsonValue(),
            tags: fc.jsonValue(),
            publishedAt: fc.jsonValue(),
            cover: fc.jsonValue(),
          }),
        ),
        async (rows) => {
          const records = await read(rows.map((row) => JSON.stringify(row)).join('\n'))
          const taken = articles(records).length + faults(records).filter(({ skipped }) => skipped).length
          expect(taken).toBe(rows.length)
          expect(articles(records).every(({ title }) => title !== '')).toBe(true)
        },
      ),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InputError } from '../../../src/interchange/errors.ts'
import { readWxr } from '../../../src/interchange/wxr.ts'
import { LARGEST_UNIT } from '../../../src/interchange/xml-units.ts'
import { articles, chunked, collect, collectUntilError, comment, cut, faults, item, wxr } from './support.ts'

function read(inner: string) {
  return collect(readWxr(chunked([wxr(inner)])))
}

async function readOne(fields: Record<string, string>, inner = '') {
  const records = await read(item(fields, inner))
  return { article: articles(records)[0], reasons: faults(records).map(({ reason }) => reason) }
}

const AUTHOR = `<wp:author><wp:author_login>ann.lee</wp:author_login>
  <wp:author_email>ann@example.test</wp:author_email>
  <wp:author_display_name><![CDATA[Ann &amp; Lee]]></wp:author_display_name></wp:author>`

describe('the channel', () => {
  test('brings authors, categories, tags and terms', async () => {
    const records = await read(`${AUTHOR}
      <wp:category><wp:category_nicename>%D0%BC%D0%B8%D1%80</wp:category_nicename>
        <wp:category_parent>news</wp:category_parent><wp:cat_name><![CDATA[Arts &amp; World]]></wp:cat_name>
        <wp:category_description>About <![CDATA[<b>it</b>]]></wp:category_description></wp:category>
      <wp:tag><wp:tag_slug>t</wp:tag_slug><wp:tag_name>T</wp:tag_name></wp:tag>
      <wp:term><wp:term_taxonomy>category</wp:term_taxonomy><wp:term_slug>c</wp:term_slug></wp:term>
      <wp:term><wp:term_taxonomy>post_tag</wp:term_taxonomy><wp:term_slug>u</wp:term_slug></wp:term>
      <wp:term><wp:term_taxonomy>nav_menu</wp:term_taxonomy><wp:term_name>M</wp:term_name></wp:term>`)
    expect(records.map(({ where: _, ...rest }) => rest)).toEqual([
      { kind: 'author', slug: 'ann-lee', name: 'Ann & Lee', bio: '' },
      { kind: 'category', slug: 'мир', name: 'Arts & World', description: 'About it', parentSlug: 'news' },
      { kind: 'tag', slug: 't', name: 'T', description: '' },
      { kind: 'category', slug: 'c', name: 'c', description: '', parentSlug: null },
      { kind: 'tag', slug: 'u', name: 'u', description: '' },
      { kind: 'fault', reason: 'term "M" of taxonomy "nav_menu" is not imported', skipped: true },
    ])
  })

  test('never passes on the e-mail address of an author', async () => {
    const records = await read(`<wp:author><wp:author_login>bo@example.test</wp:author_login>
      <wp:author_email>bo@example.test</wp:author_email>
      <wp:author_display_name>bo@example.test</wp:author_display_name></wp:author>
      ${item({ 'dc:creator': 'bo@example.test' })}${item({ 'dc:creator': 'cy@example.test' })}`)
    expect(JSON.stringify(records)).not.toContain('example.test')
    expect(articles(records).map(({ authors }) => authors)).toEqual([
      [{ slug: 'bo', name: 'bo' }],
      [{ slug: 'cy', name: 'cy' }],
    ])
  })

  test('keeps authors apart whose logins make the same slug', async () => {
    const records = await read(
      `${AUTHOR}${item({ 'dc:creator': 'ann-lee' })}${item({ 'dc:creator': 'ann.lee' })}`,
    )
    expect(articles(records).map(({ authors }) => authors)).toEqual([
      [{ slug: 'ann-lee-2', name: 'ann-lee' }],
      [{ slug: 'ann-lee', name: 'Ann & Lee' }],
    ])
  })
})

describe('a post', () => {
  test('becomes an article', async () => {
    const { article, reasons } = await readOne(
      {
        title: 'Caf&eacute; <em>&amp;</em> a < b',
        'dc:creator': 'ann',
        'content:encoded': 'One\n\nTwo',
        'excerpt:encoded': 'An <b>excerpt</b>',
        'wp:post_name': 'caf%C3%A9',
        'wp:post_modified_gmt': '2021-01-01 00:00:00',
        'wp:is_sticky': '1',
        'wp:comment_status': 'closed',
      },
      `<category domain="category" nicename="w"><![CDATA[World &amp; Co]]></category>
       <category><![CDATA[World &amp; Co]]></category><category domain="tag" nicename="x">X</category>
       <category domain="post_tag" nicename="x">X</category>
       <category domain="post_format" nicename="post-format-aside">Aside</category>
       <wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>42</wp:meta_value></wp:postmeta>`,
    )
    expect(article).toEqual({
      kind: 'article',
      where: 'item 1, line 4',
      externalId: '7',
      slug: 'café',
      title: 'Café & a < b',
      excerpt: 'An excerpt',
      body: { format: 'html', source: '<p>One</p>\n<p>Two</p>' },
      status: 'published',
      publishedAt: '2020-01-02T03:04:05Z',
      updatedAt: '2021-01-01T00:00:00Z',
      authors: [{ slug: 'ann', name: 'ann' }],
      categories: [{ slug: 'w', name: 'World & Co' }],
      tags: [{ slug: 'x', name: 'X' }],
      coverExternalId: '42',
      featured: true,
      commentPolicy: 'closed',
    })
    expect(reasons).toEqual(['post_format "Aside" is left out'])
  })

  test.each([
    ['publish', '', 'published', []],
    ['future', '', 'published', []],
    ['draft', '', 'draft', []],
    ['pending', '', 'draft', []],
    ['auto-draft', '', 'draft', []],
    ['trash', '', 'trashed', []],
    ['private', '', 'draft', ['private: kept as a draft']],
    ['publish', 'secret', 'draft', ['password-protected: kept as a draft, never public']],
    ['embargo', '', 'draft', ['status "embargo": kept as a draft']],
  ])('in status %s with password "%s" is %s', async (written, password, status, expected) => {
    const { article, reasons } = await readOne({ 'wp:status': written, 'wp:post_password': password })
    expect(article?.status).toBe(status)
    expect(reasons).toEqual(expected)
    expect(JSON.stringify(article)).not.toContain('secret')
  })

  test('is dated by its pubDate, or not at all', async () => {
    const none = '0000-00-00 00:00:00'
    const dated = await readOne({ 'wp:post_date_gmt': none, pubDate: 'Thu, 02 Jan 2020 03:04:05 +0000' })
    expect(dated.article).toMatchObject({ status: 'published', publishedAt: '2020-01-02T03:04:05+00:00' })
    const undated = await readOne({ 'wp:post_date_gmt': none, pubDate: 'Mon, 30 Nov -0001 00:00:00 +0000' })
    expect(undated.article).toMatchObject({ status: 'draft', publishedAt: null, updatedAt: null })
    expect(undated.reasons).toEqual(['no date: kept as a draft'])
  })

  test('without a title is named by its first words', async () => {
    const { article, reasons } = await readOne({ title: ' ', 'content:encoded': '<h2>Hello</h2>\n\nWorld' })
    expect(article?.title).toBe('Hello World')
    expect(reasons).toEqual(['no title: "Hello World" was made up'])
    expect((await readOne({ title: '' })).article?.title).toBe('Untitled')
  })
})

describe('other items', () => {
  test('are named and left out', async () => {
    const records = await read(
      item({ 'wp:post_type': 'page' }, comment({ 'wp:comment_id': '1' })) +
        item({ 'wp:post_type': 'nav_menu_item' }) +
        item({ 'wp:post_id': '' }),
    )
    expect(records).toMatchObject([
      { reason: 'post type page is not imported, nor its 1 comment', skipped: true },
      { reason: 'post type nav_menu_item is not imported', skipped: true },
      { reason: 'no wp:post_id', skipped: true },
    ])
  })

  test('attachments become images when they are images', async () => {
    const attached = (url: string, status = 'inherit') =>
      item(
        {
          'wp:post_type': 'attachment',
          'wp:status': status,
          'wp:attachment_url': url,
          'excerpt:encoded': 'C',
        },
        `<wp:postmeta><wp:meta_key>_wp_attachment_metadata</wp:meta_key>
         <wp:meta_value>a:2:{s:5:"width";i:640;s:6:"height";i:480;s:6:"credit";s:3:"Ann";}</wp:meta_value></wp:postmeta>
         <wp:postmeta><wp:meta_key>_wp_attachment_image_alt</wp:meta_key><wp:meta_value>A</wp:meta_value></wp:postmeta>`,
      )
    const url = 'https://x.test/a.JPG?w=1'
    const records = await read(
      attached(url) +
        attached('https://x.test/a.mp3') +
        attached('javascript:a.png') +
        attached(url, 'trash'),
    )
    const details = { alt: 'A', caption: 'C', credit: 'Ann', width: 640, height: 480 }
    expect(records).toMatchObject([
      { kind: 'image', externalId: '7', url, ...details },
      { kind: 'fault', skipped: true, reason: 'attachment https://x.test/a.mp3 is not an image' },
      { kind: 'fault', skipped: true, reason: 'attachment without an address' },
      { kind: 'fault', skipped: true, reason: 'attachment is in status trash' },
    ])
  })
})

describe('broken and hostile input', () => {
  const WHOLE = wxr(item({ title: 'First' }) + item({ title: 'Second' }))

  test('cut off anywhere gives what came before, then an InputError with the line', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: WHOLE.length - 1 }), async (length) => {
        const { collected, error } = await collectUntilError(readWxr(chunked([WHOLE.slice(0, length)])))
        const complete = WHOLE.slice(0, length).split('</item>').length - 1
        expect(articles(collected)).toHaveLength(complete)
        expect(error).toBeInstanceOf(InputError)
        expect(String(error)).toMatch(/^InputError: Line \d+: not well-formed XML/)
      }),
      { numRuns: 60 },
    )
  })

  test('a wrong tag gives what came before in the same chunk', async () => {
    const text = wxr(`${item({})}</wrong>${item({})}`)
    const { collected, error } = await collectUntilError(readWxr(chunked([text])))
    expect(articles(collected)).toHaveLength(1)
    expect(String(error)).toMatch(/Line \d+: not well-formed XML/)
  })

  test.each([
    ['<rss><channel><title>Feed</title><item><title>A</title></item></channel></rss>'],
    ['<rss><channel></channel></rss>'],
    ['<html><body/></html>'],
    ['<rss><other/></rss>'],
  ])('%s is not an export', async (text) => {
    const { collected, error } = await collectUntilError(readWxr(chunked([text])))
    expect(collected).toEqual([])
    expect(error).toBeInstanceOf(InputError)
    expect(String(error)).toContain('not a WordPress export')
  })

  test.each([[''], ['{"id":1}'], ['plain text']])('%j is not XML', async (text) => {
    await expect(collect(readWxr(chunked([text])))).rejects.toThrow(InputError)
  })

  test('declared entities are never expanded', async () => {
    const bomb = `<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/hostname">]>
      <rss><channel><wp:wxr_version>1.2</wp:wxr_version>`
    for (const entity of ['&b;', '&f;']) {
      const text = `${bomb}<item><title>${entity}</title></item></channel></rss>`
      const { collected, error } = await collectUntilError(readWxr(chunked([text])))
      expect(collected).toEqual([])
      expect(String(error)).toMatch(/InputError: Line 2: .*undefined entity/)
    }
  })

  test('endless nesting and endless text are given up', async () => {
    const deep = collect(readWxr(chunked([wxr('<a>'.repeat(100_000))])))
    await expect(deep).rejects.toThrow(/Line 4: the elements are nested too deeply/)
    function* endless() {
      yield '<rss><channel><wp:wxr_version>1.2</wp:wxr_version><item><title>'
      for (;;) yield 'x'.repeat(LARGEST_UNIT / 4)
    }
    await expect(collect(readWxr(chunked(endless())))).rejects.toThrow(/larger than/)
  })

  test('characters that XML does not allow are dropped, and that is said', async () => {
    const records = await read(item({ title: 'a\0b\x0bc' }))
    expect(articles(records)[0]?.title).toBe('abc')
    expect(faults(records)).toMatchObject([{ where: 'whole file', skipped: false }])
    expect(faults(records)[0]?.reason).toMatch(/^2 characters/)
  })

  test('any chunking gives the same records', async () => {
    const text = wxr(`${AUTHOR}${item({ title: 'é🌍 &amp;' }, comment({ 'wp:comment_id': '1' }))}`)
    const whole = await collect(readWxr(chunked([text])))
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 60 }), async (sizes) => {
        expect(await collect(readWxr(chunked(cut(text, sizes))))).toEqual(whole)
      }),
    )
  })
})

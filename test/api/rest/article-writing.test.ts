import { describe, expect, test } from 'vitest'
import type { WrittenArticle } from '../../../src/shapes/article-writing.ts'
import { startApp } from '../../setup/app.ts'
import { article, author, category, comment, tag } from '../../setup/data.ts'
import { keyHeaders, problemOf, rowCounts, UUID } from '../support.ts'

const server = await startApp()
const { app, database } = server
const { sql } = database
const writer = await keyHeaders(server, 'content:write')
const editor = await keyHeaders(server, 'content:read', 'content:write')
const { authorization } = editor

const terms = {
  ada: await author(sql, 'ada'),
  ben: await author(sql, 'ben'),
  food: await category(sql, 'food'),
  port: await category(sql, 'port'),
  fish: await tag(sql, 'fish'),
}
await sql`update categories set slug = 'kitchen' where slug = 'food'`

const create = (payload: object, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url: '/v1/articles',
    headers: { authorization, ...headers },
    payload,
  })
const created = async (payload: object): Promise<WrittenArticle> => {
  const response = await create(payload)
  expect([response.statusCode, response.body]).toEqual([201, expect.any(String)])
  return response.json()
}
const patch = (ref: string, version: number | string | undefined, payload: object) =>
  app.inject({
    method: 'PATCH',
    url: `/v1/articles/${ref}`,
    headers: {
      authorization,
      'content-type': 'application/merge-patch+json',
      ...(version !== undefined && { 'if-match': typeof version === 'number' ? `"${version}"` : version }),
    },
    payload,
  })
const patched = async (ref: string, version: number | string, payload: object): Promise<WrittenArticle> => {
  const response = await patch(ref, version, payload)
  expect([response.statusCode, response.body]).toEqual([200, expect.any(String)])
  return response.json()
}
const revisions = async (id: string) =>
  (await sql`select version, actor, document from article_revisions where article_id = ${id} order by 1`).map(
    (row) => row as unknown as { version: number; actor: string; document: object },
  )
const TEXT = (source: string) => ({ format: 'text', source })

describe('a new article', () => {
  test('is a draft, with everything that was sent, references by id', async () => {
    const response = await create({
      title: '  Mackerel \n with rhubarb ',
      subtitle: 'A recipe',
      excerpt: 'Short',
      body: { source: 'The boats came in **early**.' },
      cover: { url: 'https://img.example/1.jpg', alt: 'Fish', width: 4 },
      seo: { title: 'T', description: ' ', canonicalUrl: 'https://x.example', noindex: true },
      featured: true,
      commentPolicy: 'held',
      commentsCloseAt: '2030-01-01T02:00:00+02:00',
      authors: ['ben', terms.ada],
      categories: ['port', 'food'],
      tags: ['fish'],
      adjacent: { site: { next: null }, 'category:food': {} },
    })
    expect(response.statusCode).toBe(201)
    const body = response.json<WrittenArticle>()
    expect(response.headers).toMatchObject({
      location: `http://broadsheet.test/v1/articles/${body.id}`,
      etag: '"1"',
      'cache-control': 'no-store',
    })
    expect(body.id).toMatch(UUID)
    expect(body).toMatchObject({
      status: 'draft',
      version: 1,
      publishedAt: null,
      slug: 'mackerel-with-rhubarb',
    })
    expect(body.authors?.map(({ slug }) => slug)).toEqual(['ben', 'ada'])
    expect(body.document).toEqual({
      locale: 'en',
      slug: 'mackerel-with-rhubarb',
      title: 'Mackerel with rhubarb',
      subtitle: 'A recipe',
      excerpt: 'Short',
      body: { format: 'markdown', source: 'The boats came in **early**.' },
      cover: {
        url: 'https://img.example/1.jpg',
        alt: 'Fish',
        width: 4,
        height: null,
        caption: '',
        credit: '',
      },
      seo: { title: 'T', canonicalUrl: 'https://x.example/', noindex: true },
      featured: true,
      commentPolicy: 'held',
      commentsCloseAt: '2030-01-01T00:00:00.000Z',
      translationOf: null,
      authors: [terms.ben, terms.ada],
      categories: [terms.port, terms.food],
      tags: [terms.fish],
      adjacent: {},
    })
    expect(await revisions(body.id)).toEqual([
      { version: 1, actor: `key:${editor.id}`, document: body.document },
    ])
    expect(await sql`select actor from changes where subject_id = ${body.id} group by 1`).toEqual([
      { actor: `key:${editor.id}` },
    ])
    expect((await app.inject(`/v1/articles/${body.id}`)).statusCode).toBe(404)
    const [row] = await sql`select body_html, body_text from articles where id = ${body.id}`
    expect(row).toEqual({
      body_html: '<p>The boats came in <strong>early</strong>.</p>',
      body_text: 'The boats came in early.',
    })
  })

  test('needs no more than a title, and no scope beyond content:write to be seen by whoever wrote it', async () => {
    const response = await create({ title: 'Bare' }, { authorization: writer.authorization })
    expect(response.json()).toMatchObject({
      slug: 'bare',
      excerpt: '',
      document: { body: { format: 'markdown', source: '' }, locale: 'en', tags: [], seo: {} },
    })
  })

  test.each([
    ['Ölkrüge über Ålesund', 'oelkruege-ueber-alesund'],
    ['東京の港', '東京の港'],
    ['!!!', 'article'],
    ['…', 'article-2'],
  ])('gets a slug from its title in any script: %s', async (title, slug) => {
    expect((await created({ title })).slug).toBe(slug)
  })

  test('gets a number where the slug is taken, also in the same moment', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => created({ title: 'Same words' })))
    expect(all.map(({ slug }) => slug).sort()).toEqual(
      ['', '-2', '-3', '-4', '-5', '-6', '-7', '-8'].map((end) => `same-words${end}`).sort(),
    )
    const long = 'word '.repeat(40)
    const slugs = [(await created({ title: long })).slug, (await created({ title: long })).slug]
    expect(slugs[1]).toMatch(/-2$/)
    for (const slug of slugs) expect([...slug].length).toBeLessThanOrEqual(80)
  })

  test('is made once for an Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'create-this-only-once' }
    const first = await create({ title: 'Once' }, headers)
    const again = await create({ title: 'Once' }, headers)
    expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([201, 'true'])
    expect(again.json()).toEqual(first.json())
    problemOf(await create({ title: 'Twice' }, headers), 422, 'IDEMPOTENCY_KEY_REUSED')
    problemOf(await create({ title: 'x' }, { 'idempotency-key': 'short' }), 400, 'IDEMPOTENCY_KEY_INVALID')
  })

  test.each([
    ['nothing', {}, ['/title']],
    ['a blank title', { title: ' \n' }, ['/title']],
    ['an unknown member', { title: 'x', boddy: {} }, ['/boddy']],
    ['a status', { title: 'x', status: 'published' }, ['/status']],
    ['an unknown member of the body', { title: 'x', body: { source: '', from: 'y' } }, ['/body/from']],
    ['another format', { title: 'x', body: { format: 'rtf', source: '' } }, ['/body/format']],
    ['a body without source', { title: 'x', body: { format: 'html' } }, ['/body/source']],
    ['a text for a cover', { title: 'x', cover: 'y' }, ['/cover']],
    ['a cover without address', { title: 'x', cover: { alt: 'y' } }, ['/cover/url']],
    ['a cover of another scheme', { title: 'x', cover: { url: 'javascript:alert(1)' } }, ['/cover/url']],
    ['a relative cover', { title: 'x', cover: { url: '/a.jpg' } }, ['/cover/url']],
    ['credentials', { title: 'x', seo: { image: 'https://a:b@c.example' } }, ['/seo/image']],
    ['a canonical file', { title: 'x', seo: { canonicalUrl: 'file:///etc' } }, ['/seo/canonicalUrl']],
    ['a policy of its own', { title: 'x', commentPolicy: 'maybe' }, ['/commentPolicy']],
    ['no moment', { title: 'x', commentsCloseAt: 'tomorrow' }, ['/commentsCloseAt']],
    ['no day', { title: 'x', commentsCloseAt: '2026-02-30T00:00:00Z' }, ['/commentsCloseAt']],
    ['the year 0', { title: 'x', commentsCloseAt: '0000-06-01T00:00:00Z' }, ['/commentsCloseAt']],
    ['the year 10000', { title: 'x', commentsCloseAt: '9999-12-31T23:59:59-01:00' }, ['/commentsCloseAt']],
    ['a locale that is none', { title: 'x', locale: 'English' }, ['/locale']],
    ['a slug that is none', { title: 'x', slug: 'Not A Slug' }, ['/slug']],
    ['the shape of an id', { title: 'x', slug: '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6071' }, ['/slug']],
    ['a term twice', { title: 'x', categories: ['port', terms.port] }, ['/categories/1']],
    ['an old and a new slug of one', { title: 'x', categories: ['food', 'kitchen'] }, ['/categories/1']],
    ['no series', { title: 'x', adjacent: { nowhere: {} } }, ['/adjacent/nowhere']],
    [
      'no language',
      { title: 'x', adjacent: { 'locale:Latin script': {} } },
      ['/adjacent/locale:Latin script'],
    ],
    ['a third side', { title: 'x', adjacent: { site: { above: 'y' } } }, ['/adjacent/site/above']],
    ['NUL', { title: 'a\u0000b' }, ['/title']],
  ])(
    'of another shape is VALIDATION_FAILED with every path, and nothing is written: %s',
    async (_, payload, paths) => {
      const before = await rowCounts(sql)
      const { errors } = problemOf(await create(payload), 400, 'VALIDATION_FAILED')
      expect(new Set(errors?.map(({ path }) => path))).toEqual(new Set(paths))
      expect(await rowCounts(sql)).toEqual(before)
    },
  )

  test('tells what was meant by a name, what a slug would be, and what a text is too much', async () => {
    const message = async (payload: object) =>
      problemOf(await create(payload), 400, 'VALIDATION_FAILED').errors?.[0]?.message
    expect(await message({ title: 'x', subtitel: 'y' })).toBe('is not known here; did you mean "subtitle"?')
    expect(await message({ title: 'x', slug: 'Über uns' })).toContain('"ueber-uns"')
    const source = 'é'.repeat(262_145)
    expect(await message({ title: 'x', body: TEXT(source) })).toBe(
      'may have 524288 bytes of UTF-8, and has 524290',
    )
    expect((await created({ title: 'Long', body: TEXT(source.slice(1)) })).wordCount).toBe(1)
    const far = await create({ title: 'x', body: TEXT('x'.repeat(2 * 1024 * 1024)) })
    expect(problemOf(far, 413, 'BODY_TOO_LARGE').detail).toContain('2097152 bytes')
  })

  test('names only what is there', async () => {
    const { errors, detail } = problemOf(
      await create({
        title: 'x',
        authors: ['ada', 'nobody'],
        tags: ['019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6071'],
        translationOf: 'nothing',
        adjacent: { 'tag:none': { next: 'no-article' }, 'author:ada': { previous: 'bare' } },
      }),
      422,
      'REFERENCE_NOT_FOUND',
    )
    expect(errors?.map(({ path }) => path)).toEqual([
      '/authors/1',
      '/tags/0',
      '/translationOf',
      '/adjacent/tag:none',
      '/adjacent/tag:none/next',
    ])
    expect(detail).toContain('/authors/1: names no author')
  })

  test('with a slug that is somebody else’s, or was, is SLUG_TAKEN', async () => {
    const first = await created({ title: 'x', slug: 'first-name' })
    await patched(first.id, 1, { slug: 'second-name' })
    for (const slug of ['first-name', 'second-name']) {
      const { errors } = problemOf(await create({ title: 'x', slug }), 409, 'SLUG_TAKEN')
      expect(errors?.[0]?.path).toBe('/slug')
    }
    expect((await created({ title: 'x', slug: 'first-name', locale: 'de' })).slug).toBe('first-name')
  })

  test('is for keys with the scope: nobody, readers and test keys are turned away', async () => {
    const request = { method: 'POST', url: '/v1/articles', payload: { title: 'x' } } as const
    problemOf(await app.inject(request), 401, 'AUTHENTICATION_FAILED')
    for (const scope of ['content:read', 'comments:moderate'] as const) {
      const headers = await keyHeaders(server, scope)
      problemOf(await app.inject({ ...request, headers }), 403, 'FORBIDDEN')
    }
    const { key } = await server.deps.core.keys.create({
      name: 'test',
      scopes: ['admin', 'content:write'],
      expiresAt: null,
      sandbox: true,
    })
    problemOf(await app.inject({ ...request, headers: { authorization: `Bearer ${key}` } }), 403, 'FORBIDDEN')
    const admin = await keyHeaders(server, 'admin')
    expect((await app.inject({ ...request, headers: admin })).statusCode).toBe(201)
  })
})

describe('translations', () => {
  test('share their original, one a language', async () => {
    const original = await created({ title: 'Tides' })
    const german = await created({ title: 'Gezeiten', locale: 'de', translationOf: 'tides' })
    expect(german.document.translationOf).toBe(original.id)
    const again = { title: 'Noch einmal', locale: 'de', translationOf: original.id }
    expect(problemOf(await create(again), 409, 'TRANSLATION_EXISTS').errors?.[0]?.path).toBe('/translationOf')
    problemOf(await create({ ...again, locale: 'en' }), 409, 'TRANSLATION_EXISTS')
    const french = await created({ title: 'Marées', locale: 'fr', translationOf: german.id })
    expect(french.document.translationOf).toBe(original.id)
    problemOf(await patch(french.id, 1, { locale: 'de' }), 409, 'TRANSLATION_EXISTS')
    problemOf(await patch(original.id, 1, { translationOf: french.id }), 409, 'CONFLICT')
    problemOf(await patch(french.id, 1, { translationOf: french.id }), 400, 'VALIDATION_FAILED')
    const alone = await patched(german.id, 1, { translationOf: null })
    expect(alone.document.translationOf).toBeNull()
    await created(again)
    // the original kept its version: nothing that an editor writes of it has changed
    expect((await revisions(original.id)).length).toBe(1)
  })

  test('are named by their slug in another language, where that is one article’s', async () => {
    await created({ title: 'Harbour', locale: 'en' })
    await created({ title: 'Harbour', locale: 'nl' })
    const { errors } = problemOf(
      await create({ title: 'Hafen', locale: 'de', translationOf: 'harbour' }),
      422,
      'REFERENCE_NOT_FOUND',
    )
    expect(errors?.[0]?.message).toContain('several')
  })

  test('are looked up in the language that the same change gives back to the site', async () => {
    const english = await created({ title: 'Quay', locale: 'en' })
    const dutch = await created({ title: 'Quay', locale: 'nl' })
    const { id, document } = await created({
      title: 'Kade',
      locale: 'nl',
      adjacent: { site: { next: 'quay' } },
    })
    expect(document.adjacent).toEqual({ site: { next: dutch.id } })
    const response = await patch(id, 1, { locale: null, adjacent: { site: { next: 'quay' } } })
    expect(response.json().document).toMatchObject({ locale: 'en', adjacent: { site: { next: english.id } } })
  })
})

test('a body comes with its headings and images', async () => {
  const source = '## Ten *tonnes*\n\nText.\n\n## Ten tonnes\n\n![Alt](https://x.example/c.jpg "On the barge")'
  const { id } = await created({ title: 'Outlined', body: { format: 'markdown', source } })
  const { headings, images, body } = (
    await app.inject({ url: `/v1/articles/${id}`, headers: { authorization: editor.authorization } })
  ).json()
  expect(headings).toEqual([
    { level: 2, id: 'h-ten-tonnes', text: 'Ten tonnes' },
    { level: 2, id: 'h-ten-tonnes-2', text: 'Ten tonnes' },
  ])
  expect(images).toEqual([
    {
      url: 'https://x.example/c.jpg',
      alt: 'Alt',
      width: null,
      height: null,
      caption: 'On the barge',
      credit: '',
    },
  ])
  for (const { id: anchor } of headings) expect(body).toContain(`id="${anchor}"`)
})

describe('a patch', () => {
  test('changes what it names, and every change is a version', async () => {
    const { id } = await created({ title: 'One', body: TEXT('Words'), tags: ['fish'], seo: { title: 'T' } })
    const response = await patch(id, 1, {
      title: 'Two',
      body: { source: 'Other words' },
      seo: { description: 'D' },
      categories: ['food', 'port'],
      cover: { url: 'https://img.example/a.jpg' },
    })
    expect([response.statusCode, response.headers['etag']]).toEqual([200, '"2"'])
    expect(response.json()).toMatchObject({
      version: 2,
      slug: 'one',
      excerpt: 'Other words',
      document: {
        title: 'Two',
        body: { format: 'text', source: 'Other words' },
        seo: { title: 'T', description: 'D' },
        categories: [terms.food, terms.port],
        tags: [terms.fish],
      },
    })
    const third = await patched(id, 2, {
      seo: { title: null },
      categories: ['port', 'food'],
      tags: null,
      cover: { alt: 'Alt' },
      excerpt: 'Mine',
    })
    expect(third.document).toMatchObject({
      seo: { description: 'D' },
      categories: [terms.port, terms.food],
      tags: [],
      cover: { url: 'https://img.example/a.jpg', alt: 'Alt' },
    })
    expect(third.excerpt).toBe('Mine')
    const fourth = await patched(id, 3, { excerpt: null, cover: null })
    expect([fourth.excerpt, fourth.cover]).toEqual(['Other words', null])
    expect((await revisions(id)).map(({ document }) => document)).toMatchObject([
      { title: 'One' },
      { title: 'Two' },
      { excerpt: 'Mine' },
      { excerpt: null },
    ])
  })

  test('that changes nothing makes no version and writes nothing', async () => {
    const { id, document, updatedAt } = await created({ title: 'Still', tags: ['fish'], slug: 'still' })
    const before = await rowCounts(sql)
    for (const payload of [
      {},
      document,
      { title: ' Still ' },
      { tags: ['fish'] },
      { slug: null },
      { seo: null },
    ]) {
      const response = await patch(id, 1, payload)
      expect([response.statusCode, response.headers['etag']]).toEqual([200, '"1"'])
      expect(response.json()).toMatchObject({ version: 1, updatedAt })
    }
    expect(await rowCounts(sql)).toEqual(before)
  })

  test('is checked as a whole, and changes nothing where it is refused', async () => {
    const { id } = await created({ title: 'Whole' })
    const before = await sql`select * from articles where id = ${id}`
    for (const [payload, path] of [
      [{ title: null }, '/title'],
      [{ titel: 'x' }, '/titel'],
      [{ titel: null }, '/titel'],
      [{ cover: { alt: 'x' } }, '/cover/url'],
      [{ seo: { keywords: null } }, '/seo/keywords'],
      [{ tags: [null] }, '/tags/0'],
      [{ adjacent: { site: { next: id } } }, '/adjacent/site/next'],
      [{ subtitle: 7 }, '/subtitle'],
      [[], ''],
    ] as const) {
      const { errors } = problemOf(await patch(id, 1, payload), 400, 'VALIDATION_FAILED')
      expect(errors?.map((error) => error.path)).toEqual([path])
    }
    problemOf(await patch(id, 1, { tags: ['none'] }), 422, 'REFERENCE_NOT_FOUND')
    expect(await sql`select * from articles where id = ${id}`).toEqual(before)
  })

  test('of one member does not mind what an import brought for another', async () => {
    const id = await article(sql, { title: 'x'.repeat(600), body: 'y'.repeat(600_000) })
    await sql`update articles set cover = ${sql.json({ url: 'ftp://old.example/' })} where id = ${id}`
    expect((await patched(id, 1, { subtitle: 'New' })).subtitle).toBe('New')
    problemOf(await patch(id, 2, { cover: { alt: 'New' } }), 400, 'VALIDATION_FAILED')
  })

  test('takes merge patches and plain JSON, and tells so', async () => {
    const { id } = await created({ title: 'Typed' })
    const request = { method: 'PATCH', url: `/v1/articles/${id}`, payload: '{"featured":true}' } as const
    const headers = { authorization, 'if-match': '*' }
    for (const type of ['application/json', 'application/merge-patch+json; charset=utf-8']) {
      const response = await app.inject({ ...request, headers: { ...headers, 'content-type': type } })
      expect(response.statusCode).toBe(200)
    }
    for (const type of ['application/json-patch+json', 'text/plain']) {
      const response = await app.inject({ ...request, headers: { ...headers, 'content-type': type } })
      problemOf(response, 415, 'MEDIA_TYPE_UNSUPPORTED')
      expect(response.headers['accept-patch']).toBe('application/merge-patch+json, application/json')
    }
    const merge = { ...headers, 'content-type': 'application/merge-patch+json' }
    problemOf(await app.inject({ ...request, headers: merge, payload: '{' }), 400, 'BODY_MALFORMED')
    const post = { method: 'POST', url: '/v1/articles', headers: merge, payload: '{"title":"x"}' } as const
    problemOf(await app.inject(post), 415, 'MEDIA_TYPE_UNSUPPORTED')
  })

  test('sets neighbours in place of those by order, one by one', async () => {
    const [one, two] = [await created({ title: 'Neighbour one' }), await created({ title: 'Neighbour two' })]
    const { id } = await created({
      title: 'Between',
      adjacent: { site: { previous: 'neighbour-one' }, 'category:food': { next: two.id } },
    })
    const { document } = await patched(id, 1, {
      adjacent: {
        site: { next: 'neighbour-two' },
        [`category:${terms.food}`]: { next: null },
        'locale:en': { next: one.id },
      },
    })
    expect(document.adjacent).toEqual({
      site: { previous: one.id, next: two.id },
      'locale:en': { next: one.id },
    })
    const twice = { adjacent: { 'category:food': {}, 'category:kitchen': {} } }
    problemOf(await patch(id, 2, twice), 400, 'VALIDATION_FAILED')
    expect((await patched(id, 2, { adjacent: null })).document.adjacent).toEqual({})
  })

  test('sets neighbours in a series that is in order by hand', async () => {
    const [series] =
      await sql`insert into series (id, slug, title) values (gen_random_uuid(), 'walls', 'Walls') returning id`
    await created({ title: 'In the wall' })
    const { document } = await created({
      title: 'Wall',
      adjacent: { 'series:walls': { next: 'in-the-wall' } },
    })
    expect(Object.keys(document.adjacent)).toEqual([`series:${series?.['id']}`])
  })

  test('of the slug keeps every old one leading here, and nobody else may take it', async () => {
    const { id } = await created({ title: 'Chain', slug: 'chain-a' })
    await patched('chain-a', 1, { slug: 'chain-b' })
    await patched('chain-a', 2, { slug: 'chain-c' })
    await sql`update articles set status = 'published', published_at = now() where id = ${id}`
    for (const old of ['chain-a', 'chain-b']) {
      const response = await app.inject(`/v1/articles/${old}`)
      expect([response.statusCode, response.headers['location']]).toEqual([308, '/v1/articles/chain-c'])
      problemOf(await create({ title: 'x', slug: old }), 409, 'SLUG_TAKEN')
    }
    const back = await patched('chain-b', 3, { slug: 'chain-a' })
    expect(back.slug).toBe('chain-a')
    expect((await app.inject('/v1/articles/chain-c')).headers['location']).toBe('/v1/articles/chain-a')
    expect((await patched(id, 4, { slug: null })).slug).toBe('chain')
  })

  test('of what is not there is ARTICLE_NOT_FOUND', async () => {
    problemOf(await patch('nothing-here', '*', {}), 404, 'ARTICLE_NOT_FOUND')
    problemOf(await patch('nothing-here', '*', { body: { source: 'x' } }), 404, 'ARTICLE_NOT_FOUND')
  })
})

describe('a change names the version that it is made on', () => {
  test('or is PRECONDITION_REQUIRED', async () => {
    const { id } = await created({ title: 'Conditional' })
    problemOf(await patch(id, undefined, { title: 'x' }), 428, 'PRECONDITION_REQUIRED')
    const request = { method: 'PATCH', url: `/v1/articles/${id}`, payload: { title: 'x' } } as const
    problemOf(await app.inject(request), 401, 'AUTHENTICATION_FAILED')
  })

  test.each([
    ['"1"', 200],
    ['"1.abc"', 200],
    ['"1.abc.br"', 200],
    ['*', 200],
    ['"7", "1"', 200],
    ['"x" ,"1.a,b"', 200],
    ['"2"', 412],
    ['W/"1"', 412],
    ['"01x"', 412],
    ['"11"', 412],
    ['""', 412],
    ['1', 400],
    ['"1', 400],
    ['"1" "2"', 400],
    ['*, "1"', 400],
    [',', 400],
  ])('as RFC 9110 has it, and only the version counts: %s is %i', async (header, status) => {
    const { id } = await created({ title: 'Tagged' })
    const response = await patch(id, header, { title: 'Other' })
    expect(response.statusCode).toBe(status)
    if (status === 412) problemOf(response, 412, 'VERSION_STALE')
  })

  test('and who comes too late is told what has changed since, and can do it on top of that', async () => {
    const { id } = await created({ title: 'Late', seo: { title: 'T' }, body: TEXT('a') })
    await patched(id, 1, { body: { source: 'b' }, seo: { title: null, noindex: true } })
    await patched(id, 2, { tags: ['fish'] })
    await sql`update articles set status = 'archived' where id = ${id}`
    const response = await patch(id, 1, { title: 'Mine' })
    problemOf(response, 412, 'VERSION_STALE')
    const { version, changed } = response.json()
    expect(version).toBe(3)
    expect(changed.toSorted()).toEqual(['/body/source', '/seo/noindex', '/seo/title', '/status', '/tags'])
    const { document } = await patched(id, version, { title: 'Mine' })
    expect(document).toMatchObject({ title: 'Mine', body: { source: 'b' }, tags: [terms.fish] })
    // of a version that never was nothing is known
    expect((await patch(id, 99, {})).json().changed).toBeUndefined()
  })

  test('which a comment of a reader never changes', async () => {
    const id = await article(sql)
    await comment(sql, id)
    expect((await patched(id, 1, { subtitle: 'x' })).version).toBe(2)
  })
})

describe('the document', () => {
  test('is what an editor writes, with the version in its tag', async () => {
    const { id, document } = await created({ title: 'Document', tags: ['fish'] })
    const get = () => app.inject({ url: `/v1/articles/${id}/document`, headers: { authorization } })
    const response = await get()
    expect(response.json()).toEqual(document)
    expect(response.headers).toMatchObject({
      'cache-control': 'no-store',
      etag: expect.stringMatching(/^"1\.[\w-]+"$/),
    })
    expect((await patch(id, String(response.headers['etag']), { title: 'x' })).statusCode).toBe(200)
    await sql`delete from article_tags where article_id = ${id}`
    expect((await get()).headers['etag']).toMatch(/^"2\./)
  })

  test('is for keys with content:read', async () => {
    const { id } = await created({ title: 'Closed' })
    const url = `/v1/articles/${id}/document`
    problemOf(await app.inject(url), 401, 'AUTHENTICATION_FAILED')
    expect((await app.inject({ url, headers: writer })).statusCode).toBe(200)
    const moderator = await keyHeaders(server, 'comments:moderate')
    problemOf(await app.inject({ url, headers: moderator }), 403, 'FORBIDDEN')
    problemOf(
      await app.inject({ url: '/v1/articles/no/document', headers: editor }),
      404,
      'ARTICLE_NOT_FOUND',
    )
  })
})

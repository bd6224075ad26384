import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { graphql, startApp } from '../setup/app.ts'
import { article, author, category, comment, series, tag } from '../setup/data.ts'
import { crawlRest, type Subjects, type Visit } from './crawl.ts'
import { keyHeaders, problemOf } from './support.ts'

/** Stands in every text that nobody may see, and in every e-mail and address. */
const CANARY = 'c4n4ry'

// whole answers are compared, and what is left of a budget differs from one to the next
const server = await startApp({ BUDGET_ANONYMOUS: '0' })
const { app, database } = server
const { sql } = database

const HIDDEN = {
  draft: { status: 'draft', publishedAt: '2026-01-05T00:00:00Z' },
  undated: { status: 'draft', publishedAt: null },
  scheduled: { publishedAt: '2999-01-01T00:00:00Z' },
  expired: { publishedAt: '2026-01-05T00:00:00Z', unpublishAt: '2026-01-06T00:00:00Z' },
  archived: { status: 'archived', publishedAt: '2026-01-05T00:00:00Z' },
  trashed: { status: 'trashed', publishedAt: '2026-01-05T00:00:00Z' },
} as const
const STATES = ['pending', 'rejected', 'spam', 'deleted', 'erased'] as const

const seen: string[] = []
const hiddenArticles: Record<string, string> = {}
const hiddenComments: Record<string, string> = {}
let subjects: Subjects
let visits: Visit[]

beforeAll(async () => {
  const terms = {
    categories: [await category(sql, 'open-desk-once')],
    tags: [await tag(sql, 'open-tag-once')],
    authors: [await author(sql, 'open-author-once')],
  }
  const open = await series(sql, 'open-series-once')
  for (const [table, slug] of [
    ['categories', 'open-desk'],
    ['tags', 'open-tag'],
    ['authors', 'open-author'],
    ['series', 'open-series'],
  ] as const)
    await sql`update ${sql(table)} set slug = ${slug}`
  for (const day of [1, 9]) {
    const id = await article(sql, { ...terms, slug: `seen-${day}`, publishedAt: `2026-01-0${day}T00:00:00Z` })
    seen.push(id)
    const root = await comment(sql, id, { body: 'Seen words', email: `${CANARY}@secret.example` })
    const reply = await comment(sql, id, {
      parentId: root,
      body: 'Seen reply',
      email: `${CANARY}@secret.example`,
    })
    // seen themselves, with a private side that nobody sees
    await sql`update comment_private set ip_prefix = ${`${CANARY}/24`} where comment_id in (${root}, ${reply})`
  }
  for (const [name, fields] of Object.entries(HIDDEN)) {
    const id = await article(sql, {
      ...fields,
      ...terms,
      slug: `${CANARY}-${name}`,
      title: CANARY,
      body: CANARY,
    })
    await sql`update articles set slug = ${`${CANARY}-${name}-now`}, subtitle = ${CANARY}, excerpt = ${CANARY},
      cover = ${sql.json({ url: `https://x.example/${CANARY}`, alt: CANARY, width: null, height: null, caption: '', credit: '' })},
      seo = ${sql.json({ title: CANARY })} where id = ${id}`
    hiddenArticles[name] = id
    hiddenComments[`under ${name}`] = await comment(sql, id, {
      body: CANARY,
      name: CANARY,
      email: `${CANARY}@x.example`,
    })
  }
  // hidden ones stand in every order that an editor may write
  const group = seen[0] as string
  await sql`insert into series_articles (series_id, article_id, position)
    select ${open}, id, row_number() over (order by id) from articles`
  await sql`update articles set translation_group = ${group}, locale = case id when ${group} then 'en' else 'en-' || left(md5(id::text), 8) end
    where id = ${group} or id = any(${Object.values(hiddenArticles).slice(0, 3)})`
  await sql`insert into adjacent_overrides (article_id, within, side, target_id)
    select s.id, 'site', side, h.id from unnest(${seen}::uuid[]) s (id), (values ('previous'), ('next')) v (side),
      lateral (select id from articles where title = ${CANARY} order by id limit 1) h`
  // each state twice under a visible article: alone, and with a visible reply that keeps its place
  const [home] = seen as [string, ...string[]]
  for (const status of STATES) {
    const words = {
      body: CANARY,
      name: CANARY,
      email: `${CANARY}@x.example`,
      createdAt: '2026-02-02T00:00:00Z',
    }
    hiddenComments[status] = await comment(sql, home, { ...words, status })
    const parent = await comment(sql, home, { ...words, status })
    await sql`update comments set author_url = ${`https://${CANARY}.example/`} where id = ${parent} and status <> 'erased'`
    hiddenComments[`${status} with a reply`] = parent
    const hides = status === 'rejected' || status === 'spam'
    const reply = await comment(sql, home, { parentId: parent, body: hides ? CANARY : 'Seen below' })
    if (hides) hiddenComments[`below ${status}`] = reply
  }
  const commentIds = (await sql<{ id: string }[]>`select id from comments`).map(({ id }) => id)
  const slugs = Object.keys(HIDDEN).flatMap((name) => [`${CANARY}-${name}`, `${CANARY}-${name}-now`])
  subjects = {
    articles: [...seen, 'seen-1', 'seen-9', ...Object.values(hiddenArticles), ...slugs],
    categories: ['open-desk', 'open-desk-once', ...terms.categories],
    tags: ['open-tag', 'open-tag-once', ...terms.tags],
    authors: ['open-author', 'open-author-once', ...terms.authors],
    series: ['open-series', 'open-series-once', open],
    comments: commentIds,
    batches: [commentIds[0] as string],
    versions: ['1'],
    query: {
      include: [
        'adjacent,adjacent.tags,comments,categories,authors,tags,headings,images,related,related.authors,translations',
        'tags',
      ],
      within: [
        'list',
        'series:open-series',
        'site',
        'category:open-desk',
        'category-only:open-desk',
        'tag:open-tag',
        'author:open-author',
        'locale:en',
      ],
      sort: [
        'publishedAt',
        '-publishedAt',
        '-updatedAt',
        'title',
        '-commentCount',
        'position',
        'relevance',
        'oldest',
        'newest',
      ],
      series: ['open-series'],
      ids: [[...seen, ...Object.values(hiddenArticles)].join()],
      slugs: [slugs.join()],
      publishedAfter: ['2026-01-01T00:00:00Z'],
      publishedBefore: ['2999-06-01T00:00:00Z'],
      updatedAfter: ['2020-01-01T00:00:00Z'],
      q: [CANARY, `${CANARY.slice(0, 3)}*`, `seen or ${CANARY}`, 'se*'],
      status: ['any', 'draft'],
      fields: ['title,adjacent.next.title,comments.data.text,body', 'id'],

      category: ['open-desk'],
      tag: ['open-tag'],
      author: ['open-author'],
      locale: ['en', 'cy'],
      limit: ['1', '100'],
      count: ['10', 'exact', 'estimated'],
      asOf: ['2026-01-05T12:00:00Z', '2999-06-01T00:00:00Z'],
      replies: ['20'],
    },
  }
  visits = await crawlRest(app, subjects)
})

describe('nobody sees what is hidden', () => {
  test('in any answer of any route of the OpenAPI document', () => {
    expect(visits.length).toBeGreaterThan(500)
    const operations = new Set(visits.map(({ operationId }) => operationId))
    expect(operations.size).toBeGreaterThanOrEqual(10)
    for (const { url, response } of visits) {
      expect([url, response.body.includes(CANARY)]).toEqual([url, false])
      expect([url, JSON.stringify(response.headers).includes(CANARY) && !url.includes(CANARY)]).toEqual([
        url,
        false,
      ])
      expect([url, response.statusCode < 500]).toEqual([url, true])
    }
    expect(visits.filter(({ response }) => response.statusCode === 200).length).toBeGreaterThan(100)
  })

  test('by an id that is hidden, whatever stands in its place', () => {
    const ids = [
      ...Object.values(hiddenArticles),
      ...Object.entries(hiddenComments)
        .filter(([name]) => !/^(pending|deleted|erased) with a reply$/.test(name))
        .map(([, id]) => id),
    ]
    for (const id of ids) {
      for (const { url, response } of visits) {
        if (url.split('?')[0]?.includes(id)) expect([url, response.statusCode >= 400]).toEqual([url, true])
        else expect([url, response.body.includes(id)]).toEqual([url, false])
      }
    }
  })

  test('in any answer of any query of GraphQL', async () => {
    const fields = `id slug title subtitle excerpt body status commentCount cover{url alt} seo{title}
      authors{slug} categories{slug} tags{slug}
      adjacent(count: 10){older{id slug title} newer{id slug title}}
      comments(first: 15){nodes{id text html author{name url} source replies(first: 20){nodes{id text html author{name url}}}}}`
    const queries = [
      ...subjects.articles.map(
        (ref) => `{a: article(${/^[0-9a-f-]{36}$/.test(ref) ? 'id' : 'slug'}: "${ref}"){${fields}}}`,
      ),
      ...[
        '',
        '(sort: OLDEST)',
        '(category: "open-desk")',
        '(tag: "open-tag")',
        '(author: "open-author")',
        '(locale: "en")',
        '(last: 9)',
      ].map((args) => `{a: articles${args}{nodes{${fields}} edges{node{${fields}}}}}`),
      ...subjects.comments.map(
        (id) =>
          `{a: comment(id: "${id}"){id text html source author{name url} status revision replies{nodes{id text author{name}}}}}`,
      ),
      '{a: categories{slug articleCount articleCountWithSubtree children{slug}}}',
    ]
    const hidden = [CANARY, ...Object.values(hiddenArticles)]
    for (const query of queries) {
      const { status, data, errors } = await graphql<{ a: unknown }>(app, query)
      expect([query, status, errors]).toEqual([query, 200, undefined])
      const text = JSON.stringify(data)
      for (const secret of hidden) expect([query, text.includes(secret)]).toEqual([query, false])
    }
    for (const id of Object.values(hiddenArticles)) {
      expect((await graphql(app, `{article(id: "${id}"){id}}`)).data).toEqual({ article: null })
    }
    for (const query of [
      '{moderationQueue{nodes{id text}}}',
      '{moderationQueue(status: SPAM){nodes{id text}}}',
    ]) {
      const { data, errors } = await graphql(app, query)
      expect(data).toBeNull()
      expect(errors?.[0]?.extensions.code).toBe('AUTHENTICATION_FAILED')
    }
  })

  test('and nothing counts it', async () => {
    expect((await app.inject('/v1/categories/open-desk')).json()).toMatchObject({
      articleCount: 2,
      articleCountWithSubtree: 2,
    })
    for (const path of ['tags/open-tag', 'authors/open-author', 'series/open-series'])
      expect([path, (await app.inject(`/v1/${path}`)).json().articleCount]).toEqual([path, 2])
    for (const path of ['tags', 'authors', 'series'])
      expect([path, (await app.inject(`/v1/${path}`)).json().data[0].articleCount]).toEqual([path, 2])
    // two, and the replies that pending, deleted and erased comments keep in place
    expect((await app.inject('/v1/articles/seen-1')).json().commentCount).toBe(5)
    const { data } = (await app.inject('/v1/articles/seen-1/comments')).json()
    expect(data).toHaveLength(4)
    expect((await app.inject('/v1/articles')).json().data).toHaveLength(2)
  })

  test('and a neighbour is the next visible one', async () => {
    const { previous, next } = (await app.inject('/v1/articles/seen-9/adjacent?count=10')).json()
    expect([previous.slug, next]).toEqual(['seen-1', null])
  })
})

describe('what is hidden and what is absent are one answer', () => {
  const same = async (hidden: string, absent: string) => {
    const [a, b] = [await app.inject(hidden), await app.inject(absent)]
    expect(a.statusCode).toBe(404)
    expect({ ...a.json(), instance: '' }).toEqual({ ...b.json(), instance: '' })
    const headersOf = ({ headers: { date: _, ...headers } }: typeof a) => headers
    expect(headersOf(a)).toEqual(headersOf(b))
  }

  test.each(Object.keys(HIDDEN))('for an article: %s', async (name) => {
    for (const tail of ['', '/adjacent', '/comments', '/comment-policy', '?include=adjacent,comments']) {
      await same(`/v1/articles/${hiddenArticles[name]}${tail}`, `/v1/articles/${randomUUID()}${tail}`)
      await same(`/v1/articles/${CANARY}-${name}${tail}`, `/v1/articles/nothing${tail}`)
      await same(`/v1/articles/${CANARY}-${name}-now${tail}`, `/v1/articles/nothing${tail}`)
    }
  })

  test.each([...STATES, 'below rejected', 'below spam', 'under draft', 'under scheduled'])(
    'for a comment: %s',
    async (name) => {
      await same(`/v1/comments/${hiddenComments[name]}`, `/v1/comments/${randomUUID()}`)
      await same(`/v1/comments/${hiddenComments[name]}/replies`, `/v1/comments/${randomUUID()}/replies`)
    },
  )
})

describe('a key with content:read', () => {
  test.each(Object.entries({ ...HIDDEN }).map(([name]) => name))(
    'sees it and where it would stand, and no cache keeps it: %s',
    async (name) => {
      const { authorization } = await keyHeaders(server, 'content:read')
      const headers = { authorization }
      const response = await app.inject({
        url: `/v1/articles/${hiddenArticles[name]}?include=adjacent`,
        headers,
      })
      expect(response.statusCode).toBe(200)
      const status = name === 'undated' ? 'draft' : name
      expect(response.json()).toMatchObject({
        id: hiddenArticles[name],
        status,
        adjacent: {
          // what has no date would come now, and what is dated years ahead after all others
          previous: { slug: name === 'undated' || name === 'scheduled' ? 'seen-9' : 'seen-1' },
          next: name === 'undated' || name === 'scheduled' ? null : { slug: 'seen-9' },
        },
        commentsOpen: false,
      })
      expect(response.headers['cache-control']).toBe('private, no-store')
      const { data } = await graphql(app, `{article(id: "${hiddenArticles[name]}"){title}}`, {}, headers)
      expect(data).toEqual({ article: { title: CANARY } })
    },
  )

  test('is no moderator, and a key without the scope sees what everybody sees', async () => {
    const reader = await keyHeaders(server, 'content:read')
    const headers = { authorization: reader.authorization }
    problemOf(
      await app.inject({ url: `/v1/comments/${hiddenComments['pending']}`, headers }),
      404,
      'COMMENT_NOT_FOUND',
    )
    const writer = await keyHeaders(server, 'comments:write', 'comments:moderate')
    problemOf(
      await app.inject({
        url: `/v1/articles/${hiddenArticles['draft']}`,
        headers: { authorization: writer.authorization },
      }),
      404,
      'ARTICLE_NOT_FOUND',
    )
  })
})

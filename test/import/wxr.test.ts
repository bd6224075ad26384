import { expect, test } from 'vitest'
import { MODERATOR } from '../db/viewers.ts'
import { get, importRecords, newSite, statusOf, wxr } from './support.ts'
import { wxrImage, wxrPost, wxrText } from './wxr-text.ts'

interface Article {
  slug: string
  title: string
  status: string
  featured: boolean
  cover: { url: string } | null
  body: string
  commentCount: number
  categories: { slug: string }[]
}
interface Comment {
  id: string
  parentId: string | null
  replyToId: string | null
  depth: number
  placeholder: string | null
  text: string | null
  replyCount: number
}
type Threads = { data: (Comment & { replies: { data: Comment[] } })[] }

test('only what was public there is public here: not drafts, not what is to come, nothing behind a password', async () => {
  const site = await newSite()
  const statuses = ['publish', 'future', 'draft', 'pending', 'private', 'trash', 'never-heard-of']
  const items = statuses.map((status, i) =>
    wxrPost({ id: i + 1, name: status, status, ...(status === 'future' && { date: '2199-01-01 00:00:00' }) }),
  )
  const locked = wxrPost({ id: 50, name: 'locked', password: 'open sesame', body: 'Secret words' })
  await importRecords(site, wxr(wxrText([...items, locked])))
  const { data } = await get<{ data: Article[] }>(site, '/v1/articles')
  expect(data.map(({ slug }) => slug)).toEqual(['publish'])
  for (const slug of [...statuses.slice(1), 'locked'])
    expect(await statusOf(site, `/v1/articles/${slug}`)).toBe(404)
  const kept = await site.sql`select slug, status from articles where slug <> 'publish' order by slug`
  expect(kept.map(({ slug, status }) => `${slug}: ${status}`)).toEqual([
    'draft: draft',
    'future: published',
    'locked: draft',
    'never-heard-of: draft',
    'pending: draft',
    'private: draft',
    'trash: trashed',
  ])
})

test('a post of the future comes out when its time has come', async () => {
  const site = await newSite()
  await importRecords(
    site,
    wxr(wxrText([wxrPost({ id: 1, name: 'soon', status: 'future', date: '2199-01-01 00:00:00' })])),
  )
  expect(await statusOf(site, '/v1/articles/soon')).toBe(404)
  await importRecords(
    site,
    wxr(wxrText([wxrPost({ id: 1, name: 'soon', status: 'publish', date: '2024-01-01 00:00:00' })])),
  )
  expect((await get<Article>(site, '/v1/articles/soon')).status).toBe('published')
})

test('a sticky post is featured, and no other', async () => {
  const site = await newSite()
  await importRecords(
    site,
    wxr(wxrText([wxrPost({ id: 1, name: 'a', sticky: true }), wxrPost({ id: 2, name: 'b' })])),
  )
  expect((await get<Article>(site, '/v1/articles/a')).featured).toBe(true)
  expect((await get<Article>(site, '/v1/articles/b')).featured).toBe(false)
})

test('a cover is found before its article, behind it, and in a file of another day', async () => {
  const site = await newSite()
  const image = (id: number) => wxrImage(id, `https://example.org/${id}.jpg`)
  const post = (id: number, cover: number) => wxrPost({ id, name: `post-${id}`, cover })
  await importRecords(site, wxr(wxrText([image(11), post(1, 11), post(2, 12), image(12), post(3, 13)])))
  const coverOf = async (id: number) => (await get<Article>(site, `/v1/articles/post-${id}`)).cover?.url
  expect([await coverOf(1), await coverOf(2), await coverOf(3)]).toEqual([
    'https://example.org/11.jpg',
    'https://example.org/12.jpg',
    undefined,
  ])
  await importRecords(site, wxr(wxrText([image(13)])))
  expect(await coverOf(3)).toBe('https://example.org/13.jpg')
  expect([...(await site.sql`select version from articles where version > 1`)]).toEqual([])
})

test('a category hangs below its parent, read before or after it, and lists what stands below', async () => {
  const site = await newSite()
  const terms = [{ slug: 'quay', parent: 'harbour' }, { slug: 'harbour', parent: 'town' }, { slug: 'town' }]
  await importRecords(site, wxr(wxrText([wxrPost({ id: 1, name: 'a', categories: ['quay'] })], terms)))
  const { data } = await get<{ data: Article[] }>(site, '/v1/categories/town/articles')
  expect(data.map(({ slug }) => slug)).toEqual(['a'])
  const names = await site.sql`select name from categories order by cardinality(path)`
  expect(names.map(({ name }) => name)).toEqual(['Name of town', 'Name of harbour', 'Name of quay'])
})

test('comments keep their threads; what is deeper than six hangs beside the one that it answers', async () => {
  const site = await newSite()
  const comments = Array.from({ length: 9 }, (_, i) => ({ id: i + 1, parent: i }))
  // replies before their parents, as exports have them too
  await importRecords(site, wxr(wxrText([wxrPost({ id: 1, name: 'a', comments: comments.toReversed() })])))
  const rows = await site.sql`
    select c.body_text as comment, c.depth, p.body_text as parent, r.body_text as reply_to
    from comments c left join comments p on p.id = c.parent_id left join comments r on r.id = c.reply_to_id
    order by c.body_text`
  expect(rows.map((row) => [row['comment'], row['depth'], row['parent'], row['reply_to']])).toEqual([
    ['Comment 1', 0, null, null],
    ['Comment 2', 1, 'Comment 1', null],
    ['Comment 3', 2, 'Comment 2', null],
    ['Comment 4', 3, 'Comment 3', null],
    ['Comment 5', 4, 'Comment 4', null],
    ['Comment 6', 5, 'Comment 5', null],
    ['Comment 7', 5, 'Comment 5', 'Comment 6'],
    ['Comment 8', 5, 'Comment 5', 'Comment 7'],
    ['Comment 9', 5, 'Comment 5', 'Comment 8'],
  ])
  expect((await get<Article>(site, '/v1/articles/a')).commentCount).toBe(9)
})

test('comments keep their states: only what was approved is read, and what was spam hides what is below', async () => {
  const site = await newSite()
  const comments = [
    { id: 1 },
    { id: 2, approved: '0' },
    { id: 3, approved: 'spam' },
    { id: 4, parent: 3, body: 'below spam' },
    { id: 5, parent: 4, body: 'far below spam' },
    { id: 6, approved: 'trash' },
    { id: 7, parent: 6, body: 'below trash' },
    { id: 8, approved: '0' },
    { id: 9, parent: 8, body: 'below held' },
  ]
  await importRecords(site, wxr(wxrText([wxrPost({ id: 1, name: 'a', comments })])))
  const { data } = await get<Threads>(site, '/v1/articles/a/comments')
  expect(
    data.map(({ text, placeholder, replies }) => [
      text ?? placeholder,
      replies.data.map((reply) => reply.text),
    ]),
  ).toEqual([
    ['Comment 1', []],
    ['deleted', ['below trash']],
    ['withheld', ['below held']],
  ])
  expect((await get<Article>(site, '/v1/articles/a')).commentCount).toBe(3)
  const all = JSON.stringify(await get(site, '/v1/articles/a?include=comments'))
  for (const secret of ['spam', 'Comment 2', 'Comment 3', 'Comment 6', 'reader@example.org'])
    expect(all).not.toContain(secret)
})

test('a reply to spam past the depth limit is not hidden for ever: it stands beside, not below', async () => {
  const site = await newSite()
  const comments = Array.from({ length: 7 }, (_, i) => ({
    id: i + 1,
    parent: i,
    approved: i === 5 ? 'spam' : '1',
  }))
  await importRecords(site, wxr(wxrText([wxrPost({ id: 1, name: 'a', comments })])))
  expect([...(await site.sql`select body_text from comments where listed and depth = 5`)]).toEqual([
    { body_text: 'Comment 7' },
  ])
})

test('a comment that was taken out of sight here stays so, whatever its source says of it since', async () => {
  const site = await newSite()
  const run = (body: string) =>
    importRecords(site, wxr(wxrText([wxrPost({ id: 1, name: 'a', comments: [{ id: 1, body }, { id: 2 }] })])))
  await run('First words')
  const [row] = await site.sql`select id from comments where body_text = 'First words'`
  const decisions = [
    { commentId: row?.['id'], revision: 1, action: 'reject', reasonCode: 'illegal' } as const,
  ]
  await site.core.moderation.decide(decisions, { viewer: MODERATOR })
  const { outcomes, told } = await run('Second words')
  expect(outcomes.comment).toEqual({ created: 0, updated: 1, unchanged: 1 })
  expect(told.map(({ reason }) => reason)).toEqual(['stays rejected: it was decided here'])
  expect([
    ...(await site.sql`select body_text as body, status from comments where id = ${row?.['id']}`),
  ]).toEqual([{ body: 'Second words', status: 'rejected' }])
  expect((await get<Article>(site, '/v1/articles/a')).commentCount).toBe(1)
})

test('a comment that was approved there since is approved here by the next run', async () => {
  const site = await newSite()
  const blog = (approved: string) =>
    wxr(
      wxrText([
        wxrPost({
          id: 1,
          name: 'a',
          comments: [
            { id: 1, approved },
            { id: 2, parent: 1 },
          ],
        }),
      ]),
    )
  await importRecords(site, blog('spam'))
  expect((await get<Article>(site, '/v1/articles/a')).commentCount).toBe(0)
  const { outcomes } = await importRecords(site, blog('1'))
  expect(outcomes.comment).toEqual({ created: 0, updated: 1, unchanged: 1 })
  expect((await get<Article>(site, '/v1/articles/a')).commentCount).toBe(2)
})

test('shortcodes and block markers leave no litter in what is served', async () => {
  const site = await newSite()
  const body = `<!-- wp:paragraph --><p>One</p><!-- /wp:paragraph -->
    [caption id="a" width="3"]<img src="https://example.org/a.jpg" alt="" /> Words[/caption] [gallery ids="1,2"] <!--more-->`
  await importRecords(site, wxr(wxrText([wxrPost({ id: 1, name: 'a', body })])))
  const article = await get<Article>(site, '/v1/articles/a')
  expect(article.body).toContain('<p>One</p>')
  for (const litter of ['<!--', '&lt;!--', '[caption', '[/caption', '[gallery'])
    expect(article.body).not.toContain(litter)
})

test('a slug that no address can hold stops nothing', async () => {
  const site = await newSite()
  const blog = wxrText([
    wxrPost({ id: 1, name: 'a%00b', categories: ['c%00d'], tags: ['%FF'] }),
    wxrPost({ id: 2, name: 'next' }),
  ])
  const { outcomes } = await importRecords(site, wxr(blog))
  expect(outcomes.article.created).toBe(2)
  expect(await statusOf(site, '/v1/categories/cd/articles')).toBe(200)
})

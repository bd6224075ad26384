import { randomUUID } from 'node:crypto'
import type postgres from 'postgres'

/**
 * Rows made by plain SQL, independently of the code that is tested. Each returns the id. Moments are text; left
 * out, an article is published at a fixed moment in the past.
 */
export interface ArticleFields {
  id?: string
  slug?: string
  locale?: string
  title?: string
  status?: string
  publishedAt?: string | null
  unpublishAt?: string | null
  commentPolicy?: string | null
  body?: string
  categories?: string[]
  tags?: string[]
  authors?: string[]
}

export async function article(sql: postgres.Sql, fields: ArticleFields = {}): Promise<string> {
  const id = fields.id ?? randomUUID()
  const { slug = `article-${id.slice(0, 13)}`, locale = 'en', status = 'published', body = 'Body' } = fields
  const publishedAt = fields.publishedAt === undefined ? '2026-01-01T00:00:00.000Z' : fields.publishedAt
  await sql`
    insert into articles (id, locale, slug, status, title, excerpt, body_format, body_source, body_html, body_text,
      word_count, reading_minutes, published_at, unpublish_at, comment_policy)
    values (${id}, ${locale}, ${slug}, ${status}, ${fields.title ?? `Title of ${slug}`}, 'Excerpt', 'text', ${body},
      ${`<p>${body}</p>`}, ${body}, 1, 1, ${publishedAt}, ${fields.unpublishAt ?? null}, ${fields.commentPolicy ?? null})`
  await link(sql, 'article_categories', 'category_id', id, fields.categories)
  await link(sql, 'article_tags', 'tag_id', id, fields.tags)
  await link(sql, 'article_authors', 'author_id', id, fields.authors)
  return id
}

async function link(
  sql: postgres.Sql,
  table: string,
  column: string,
  articleId: string,
  ids: string[] = [],
): Promise<void> {
  for (const [position, id] of ids.entries()) {
    await sql`insert into ${sql(table)} ${sql({ article_id: articleId, [column]: id, position })}`
  }
}

export async function category(
  sql: postgres.Sql,
  slug: string,
  parentId: string | null = null,
): Promise<string> {
  const id = randomUUID()
  await sql`insert into categories (id, slug, name, parent_id) values (${id}, ${slug}, ${slug}, ${parentId})`
  return id
}

export async function tag(sql: postgres.Sql, slug: string): Promise<string> {
  const id = randomUUID()
  await sql`insert into tags (id, slug, name) values (${id}, ${slug}, ${slug})`
  return id
}

export async function author(sql: postgres.Sql, slug: string): Promise<string> {
  const id = randomUUID()
  await sql`insert into authors (id, slug, name) values (${id}, ${slug}, ${slug})`
  return id
}

/** A manual series of these articles, in this order. */
export async function series(sql: postgres.Sql, slug: string, articles: string[] = []): Promise<string> {
  const id = randomUUID()
  await sql`insert into series (id, slug, title) values (${id}, ${slug}, ${slug})`
  await sql`insert into series_articles (series_id, article_id, position)
    select ${id}, article, place from unnest(${articles}::uuid[]) with ordinality a (article, place)`
  return id
}

export interface CommentFields {
  id?: string
  parentId?: string
  status?: string
  body?: string
  name?: string
  email?: string
  createdAt?: string
}

export async function comment(
  sql: postgres.Sql,
  articleId: string,
  fields: CommentFields = {},
): Promise<string> {
  const id = fields.id ?? randomUUID()
  const {
    status = 'approved',
    body = 'Words',
    name = 'Reader',
    createdAt = '2026-02-01T00:00:00.000Z',
  } = fields
  const erased = status === 'erased'
  const [parent] = fields.parentId
    ? await sql`select root_id, depth, status, hidden_by from comments where id = ${fields.parentId}`
    : []
  const hiddenBy = parent
    ? ['rejected', 'spam'].includes(parent['status'])
      ? fields.parentId
      : parent['hidden_by']
    : null
  await sql`
    insert into comments (id, article_id, parent_id, root_id, depth, status, status_reason, decided_by, hidden_by,
      author_name, body, body_html, body_text, scrubbed_at, created_at)
    values (${id}, ${articleId}, ${fields.parentId ?? null}, ${parent?.['root_id'] ?? id}, ${(parent?.['depth'] ?? -1) + 1},
      ${status}, 'accepted', 'system', ${hiddenBy ?? null}, ${erased ? '' : name}, ${erased ? '' : body},
      ${erased ? '' : `<p>${body}</p>`}, ${erased ? '' : body}, ${erased ? createdAt : null}, ${createdAt})`
  await sql`insert into comment_private (comment_id, email) values (${id}, ${fields.email ?? null})`
  return id
}

/** Puts a comment into a state by plain SQL; erased, it has neither words nor name. */
export async function setStatus(sql: postgres.Sql, id: string, status: string): Promise<void> {
  if (status !== 'erased') return void (await sql`update comments set status = ${status} where id = ${id}`)
  await sql`update comments set status = 'erased', author_name = '', author_url = null, body = '', body_html = '',
    body_text = '', scrubbed_at = now() where id = ${id}`
}

/** Votes on a comment by plain SQL, each of a voter of its own; those of devices are not proven. */
export async function votes(
  sql: postgres.Sql,
  commentId: string,
  { up = 0, down = 0, devices = 0 }: { up?: number; down?: number; devices?: number },
): Promise<void> {
  for (const [value, proven, count] of [
    [1, true, up],
    [-1, true, down],
    [1, false, devices],
  ] as const) {
    await sql`
      insert into comment_votes (comment_id, voter_key, value, proven)
      select ${commentId}, uuid_send(gen_random_uuid()), ${value}, ${proven} from generate_series(1, ${count}::int)`
  }
}

import { createHash } from 'node:crypto'

/**
 * A made-up publication of any size, as rows of text for COPY. The same numbers always give the same rows. Terms do not
 * grow with it: a larger publication has longer series, not more of them.
 */

export interface Size {
  articles: number
  comments: number
}

/** Rows of one table, in the order of `columns`, each a line of COPY's text format. */
export interface TableRows {
  table: string
  columns: string[]
  /** About how many, for progress. */
  count: number
  lines(): Iterable<string>
}

export const TERMS = { roots: 8, categories: 48, tags: 200, authors: 100, series: 20, inSeries: 200 }

const VOCABULARY = 4000
const NULL = '\\N'
const HOUR = 3_600_000
/** Some moment in the past: the newest public article is an hour older, the first scheduled one decades younger. */
const NEWEST = Date.parse('2026-06-01T00:00:00.000Z')

/** An id that says nothing of its place in any order. */
export function idOf(kind: string, n: number): string {
  const hex = createHash('md5').update(`${kind} ${n}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
}

/** Numbers that look random and are the same each time. */
const scattered = (n: number, salt: number): number => {
  let x = Math.imul(n ^ Math.imul(salt + 1, 0x9e3779b1), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}

/** Few words are frequent, most are rare, as in prose. */
const word = (n: number, salt: number): string => {
  const u = scattered(n, salt) / 2 ** 32
  return `word${Math.floor(u ** 3 * VOCABULARY).toString(36)}`
}

const words = (n: number, salt: number, count: number): string =>
  Array.from({ length: count }, (_, i) => word(n, salt * 1000 + i)).join(' ')

const iso = (time: number): string => new Date(time).toISOString()
const row = (...values: (string | number | boolean)[]): string => `${values.join('\t')}\n`

/** Two articles share each moment; one of a hundred is scheduled, one has gone, three are drafts. */
function articleState(n: number): { status: string; publishedAt: number; unpublishAt: number | null } {
  const publishedAt = NEWEST - HOUR - Math.floor(n / 2) * 60_000
  const kind = n % 100
  if (kind === 97)
    return { status: 'published', publishedAt: publishedAt + 100 * 365 * 24 * HOUR, unpublishAt: null }
  if (kind === 98) return { status: 'published', publishedAt, unpublishAt: publishedAt + HOUR }
  return { status: kind >= 94 && kind < 97 ? 'draft' : 'published', publishedAt, unpublishAt: null }
}

/** One article of five hundred is much discussed. */
const commentsUnder = (n: number, { articles, comments }: Size): number => {
  const average = comments / articles
  return n % 500 === 0 ? Math.round(average * 100) : Math.round(average * 0.8)
}
/** The last of every thirty waits for a moderator; three of five begin a thread, the others answer one of them. */
const isPending = (i: number): boolean => i % 30 === 29
const isReply = (i: number): boolean => i % 5 >= 3
const parentOf = (i: number): number => i - (i % 5) + ((i >> 1) % 3)

export function publication(size: Size): TableRows[] {
  const { articles } = size
  const each = function* (count: number, line: (n: number) => string): Iterable<string> {
    for (let n = 0; n < count; n++) yield line(n)
  }
  return [
    {
      table: 'categories',
      columns: ['id', 'slug', 'name', 'parent_id', 'path', 'position'],
      count: TERMS.categories,
      lines: () =>
        each(TERMS.categories, (n) => {
          const id = idOf('category', n)
          const parent = n < TERMS.roots ? null : idOf('category', n % TERMS.roots)
          return row(
            id,
            `category-${n}`,
            `Category ${n}`,
            parent ?? NULL,
            `{${parent ? `${parent},` : ''}${id}}`,
            n,
          )
        }),
    },
    {
      table: 'tags',
      columns: ['id', 'slug', 'name'],
      count: TERMS.tags,
      lines: () => each(TERMS.tags, (n) => row(idOf('tag', n), `tag-${n}`, `Tag ${n}`)),
    },
    {
      table: 'authors',
      columns: ['id', 'slug', 'name'],
      count: TERMS.authors,
      lines: () => each(TERMS.authors, (n) => row(idOf('author', n), `author-${n}`, `Author ${n}`)),
    },
    {
      table: 'series',
      columns: ['id', 'slug', 'title'],
      count: TERMS.series,
      lines: () => each(TERMS.series, (n) => row(idOf('series', n), `series-${n}`, `Series ${n}`)),
    },
    {
      table: 'articles',
      columns: [
        ...[
          'id',
          'locale',
          'slug',
          'status',
          'title',
          'excerpt',
          'body_format',
          'body_source',
          'body_html',
          'body_text',
        ],
        ...[
          'word_count',
          'reading_minutes',
          'comment_count',
          'published_at',
          'unpublish_at',
          'created_at',
          'updated_at',
        ],
      ],
      count: articles,
      lines: () =>
        each(articles, (n) => {
          const { status, publishedAt, unpublishAt } = articleState(n)
          const text = words(n, 2, 80)
          const written = commentsUnder(n, size)
          return row(
            ...[
              idOf('article', n),
              n % 10 === 9 ? 'de' : 'en',
              `article-${n}`,
              status,
              words(n, 1, 6),
              words(n, 2, 20),
            ],
            ...['text', text, `<p>${text}</p>`, text, 80, 1, written - Math.floor(written / 30)],
            ...[status === 'draft' ? NULL : iso(publishedAt), unpublishAt ? iso(unpublishAt) : NULL],
            ...[iso(NEWEST - HOUR), iso(NEWEST - (scattered(n, 3) % (365 * 24 * HOUR)))],
          )
        }),
    },
    {
      table: 'article_categories',
      columns: ['article_id', 'category_id', 'position'],
      count: articles,
      lines: () =>
        each(articles, (n) =>
          row(idOf('article', n), idOf('category', scattered(n, 4) % TERMS.categories), 0),
        ),
    },
    {
      table: 'article_tags',
      columns: ['article_id', 'tag_id', 'position'],
      count: articles * 2,
      lines: () =>
        each(articles, (n) => {
          const first = scattered(n, 5) % TERMS.tags
          const second = (first + 1 + (scattered(n, 6) % (TERMS.tags - 1))) % TERMS.tags
          return (
            row(idOf('article', n), idOf('tag', first), 0) + row(idOf('article', n), idOf('tag', second), 1)
          )
        }),
    },
    {
      table: 'article_authors',
      columns: ['article_id', 'author_id', 'position'],
      count: articles,
      lines: () =>
        each(articles, (n) => row(idOf('article', n), idOf('author', scattered(n, 7) % TERMS.authors), 0)),
    },
    {
      table: 'series_articles',
      columns: ['series_id', 'article_id', 'position'],
      count: TERMS.series * TERMS.inSeries,
      lines: () =>
        each(TERMS.series * TERMS.inSeries, (n) => {
          const article = Math.floor((n * articles) / (TERMS.series * TERMS.inSeries))
          return row(
            idOf('series', n % TERMS.series),
            idOf('article', article),
            Math.floor(n / TERMS.series) + 1,
          )
        }),
    },
    {
      table: 'comments',
      columns: [
        ...['id', 'article_id', 'parent_id', 'root_id', 'depth', 'status', 'status_reason', 'decided_by'],
        ...['author_name', 'body', 'body_html', 'body_text', 'reply_count', 'created_at'],
      ],
      count: size.comments,
      lines: function* () {
        for (let n = 0; n < articles; n++) yield* commentsOf(n, commentsUnder(n, size))
      },
    },
  ]
}

function* commentsOf(article: number, count: number): Iterable<string> {
  const articleId = idOf('article', article)
  const idAt = (i: number) => idOf(`comment ${article}`, i)
  const replies = new Map<number, number>()
  for (let i = 0; i < count; i++)
    if (isReply(i) && !isPending(i)) replies.set(parentOf(i), (replies.get(parentOf(i)) ?? 0) + 1)
  for (let i = 0; i < count; i++) {
    const parent = isReply(i) ? idAt(parentOf(i)) : null
    const text = words(article * 7 + i, 8, 12)
    yield row(
      ...[idAt(i), articleId, parent ?? NULL, parent ?? idAt(i), parent ? 1 : 0],
      ...[
        isPending(i) ? 'pending' : 'approved',
        isPending(i) ? 'policy' : 'accepted',
        'system',
        `Reader ${i % 97}`,
      ],
      ...[text, `<p>${text}</p>`, text, replies.get(i) ?? 0, iso(NEWEST + i * 1000)],
    )
  }
}

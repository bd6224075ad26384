import type { FilterVariant } from '../src/db/article-filter.ts'
import type { AdjacentVariant, ArticleParts, TermParts } from '../src/db/article-parts.ts'
import { editedArticle } from '../src/db/article-writes.ts'
import { findArticles, listArticles } from '../src/db/articles.ts'
import { allCategories, findCategory } from '../src/db/categories.ts'
import { feedStatement, snapshotStatement, tailStatement } from '../src/db/changes.ts'
import { bansInForce, listBans } from '../src/db/comment-bans.ts'
import { commentFeedStatement, liveStatement, missedStatement } from '../src/db/comment-changes.ts'
import { commentCounts } from '../src/db/comment-counts.ts'
import { firstRepliesOfMany, fullComments, listReplies, publicComments } from '../src/db/comments.ts'
import { liveKey } from '../src/db/keys.ts'
import { seriesOrder } from '../src/db/manual-series.ts'
import { oneBatch } from '../src/db/moderation-batches.ts'
import { commentFile, listQueue, type QueueVariant } from '../src/db/moderation-queue.ts'
import { wordLists } from '../src/db/moderation-words.ts'
import { postingContext } from '../src/db/posting.ts'
import { listPreviewLinks, livePreviewLink } from '../src/db/preview-links.ts'
import { listRevisions, oneRevision } from '../src/db/revisions.ts'
import type { SeriesKind } from '../src/db/series.ts'
import { findTerm, listTerms } from '../src/db/terms.ts'
import { prettySql } from './pretty-sql.ts'

/** A file of docs/sql: its name, and each statement in it with what asks for it. */
type Listing = [name: string, statements: [what: string, text: string][]]

const NO_TERMS: TermParts = { authors: false, categories: false, tags: false }
const NOTHING: ArticleParts = {
  ...NO_TERMS,
  clock: 'now',
  bodies: [],
  outline: false,
  adjacent: [],
  wouldBe: false,
  comments: null,
  related: null,
  translations: null,
  highlight: false,
}
const inSeries = (kind: SeriesKind): AdjacentVariant => ({
  within: { series: { kind, by: 'slug' } },
  cards: NO_TERMS,
})
const listOf = (...kinds: [SeriesKind, ...SeriesKind[]]): FilterVariant => ({
  series: kinds.map((kind) => ({ kind, by: 'slug' })) as FilterVariant['series'],
  conditions: [],
  search: 'no',
  states: null,
  clock: 'now',
})
const NEWEST = { sort: 'publishedAt', order: 'descending', count: 'none', parts: NOTHING } as const
const SITE_PAGE = { ...NEWEST, filter: listOf('site'), side: 'start' } as const
const CARD: ArticleParts = { ...NOTHING, authors: true, categories: true, tags: true }
const PAGE: ArticleParts = {
  ...CARD,
  bodies: ['html'],
  adjacent: [inSeries('site')],
  comments: { order: 'oldest', side: 'start' },
}

const QUEUE: QueueVariant = {
  states: 'one',
  article: null,
  same: [],
  conditions: [],
  order: 'ascending',
  side: 'after',
}

const LISTINGS: Listing[] = [
  [
    'articles-find',
    [
      [
        'GET /v1/articles/{slug}?include=adjacent,comments: the whole article page',
        findArticles.text({ by: 'slug', hidden: 'none', parts: PAGE }),
      ],
      [
        'The same by id, for a key with content:read: no visibility, neighbours in a category',
        findArticles.text({
          by: 'ids',
          hidden: 'all',
          parts: { ...CARD, wouldBe: true, adjacent: [inSeries('category')] },
        }),
      ],
      [
        'GET /v1/articles/{slug}/related',
        findArticles.text({ by: 'slug', hidden: 'none', parts: { ...NOTHING, related: NO_TERMS } }),
      ],
      [
        'GET /v1/articles/{slug}/adjacent?within=list&tag=…&category=…',
        findArticles.text({
          by: 'slug',
          hidden: 'none',
          parts: { ...NOTHING, adjacent: [{ within: { list: listOf('tag', 'category') }, cards: NO_TERMS }] },
        }),
      ],
      [
        'GET /v1/articles/{slug}/adjacent',
        findArticles.text({
          by: 'slug',
          hidden: 'none',
          parts: { ...NOTHING, adjacent: [inSeries('site')] },
        }),
      ],
    ],
  ],
  [
    'articles-list',
    [
      ['GET /v1/articles: the first page, newest first', listArticles.text(SITE_PAGE)],
      ['GET /v1/articles?after=…', listArticles.text({ ...SITE_PAGE, side: 'after' })],
      ['GET /v1/articles?before=…', listArticles.text({ ...SITE_PAGE, side: 'before' })],
      [
        'GET /v1/categories/{ref}/articles?include=adjacent&within=category:…&after=…',
        listArticles.text({
          ...NEWEST,
          filter: listOf('category'),
          side: 'after',
          parts: { ...NOTHING, adjacent: [inSeries('category')] },
        }),
      ],
      [
        'GET /v1/articles?tag=…&category=…&sort=publishedAt&count=exact: two series at once, oldest first, counted',
        listArticles.text({
          ...NEWEST,
          filter: listOf('tag', 'category'),
          order: 'ascending',
          side: 'start',
          count: 'exact',
        }),
      ],
      ['GET /v1/articles?sort=title', listArticles.text({ ...SITE_PAGE, sort: 'title', order: 'ascending' })],
      [
        'GET /v1/articles?q=…',
        listArticles.text({
          ...SITE_PAGE,
          filter: { ...listOf('site'), search: 'everywhere' },
          sort: 'relevance',
          parts: { ...NOTHING, highlight: true },
        }),
      ],
      [
        'GET /v1/articles?status=draft',
        listArticles.text({
          ...SITE_PAGE,
          filter: { ...listOf('site'), states: ['draft'] },
          sort: 'updatedAt',
        }),
      ],
    ],
  ],
  [
    'terms',
    [
      ['GET /v1/categories', allCategories.text('now')],
      ['GET /v1/categories/{slug}', findCategory.text({ by: 'slug', clock: 'now' })],
      ['GET /v1/authors/{slug}', findTerm.text({ kind: 'author', by: 'slug', clock: 'now' })],
      [
        'GET /v1/tags?after=…',
        listTerms.text({ kind: 'tag', side: 'after', clock: 'now', hideEmpty: false, count: 'none' }),
      ],
      [
        'GET /v1/tags?hideEmpty=true&count=estimated&asOf=…',
        listTerms.text({ kind: 'tag', side: 'start', clock: 'asOf', hideEmpty: true, count: 'estimated' }),
      ],
      [
        'GET /v1/series?hideEmpty=true&count=exact&before=…',
        listTerms.text({ kind: 'series', side: 'before', clock: 'now', hideEmpty: true, count: 'exact' }),
      ],
      ['GET /v1/series/{slug}/order', seriesOrder.text({ by: 'slug' })],
    ],
  ],
  [
    'comments',
    [
      [
        'GET /v1/articles/{slug}/comments: the first page of threads',
        findArticles.text({
          by: 'slug',
          hidden: 'none',
          parts: { ...NOTHING, comments: { order: 'oldest', side: 'start' } },
        }),
      ],
      [
        'GET /v1/articles/{slug}/comments?sort=top&after=…',
        findArticles.text({
          by: 'slug',
          hidden: 'none',
          parts: { ...NOTHING, comments: { order: 'top', side: 'after' } },
        }),
      ],
      ['GET /v1/comments/{id}/replies?after=…', listReplies.text({ order: 'oldest', side: 'after' })],
      ['GET /v1/comments/{id}/replies?sort=top&before=…', listReplies.text({ order: 'top', side: 'before' })],
      ['GraphQL Comment.replies of many comments at once', firstRepliesOfMany.text('oldest')],
      ['GET /v1/comments/counts?articles=…', commentCounts.text('only')],
      ['GET /v1/comments/{id}: as everybody sees it', publicComments.text('only')],
      ['A comment with everything about it, for its author and for moderators', fullComments.text('only')],
      [
        'POST /v1/articles/{slug}/comments: what the rules must know',
        postingContext.text({ by: 'slug', facts: 'locked' }),
      ],
      ['GET /v1/moderation/comments?after=…', listQueue.text(QUEUE)],
      [
        'GET /v1/moderation/comments?status=any&article={slug}&reason=links&sort=newest&createdAfter=…&after=…',
        listQueue.text({
          ...QUEUE,
          states: 'any',
          article: 'slug',
          conditions: ['reason', 'createdAfter'],
          order: 'descending',
        }),
      ],
      [
        'GET /v1/moderation/comments?sameAuthorAs={id}&sameNetworkAs={id}',
        listQueue.text({ ...QUEUE, same: ['author', 'network'], side: 'start' }),
      ],
      ['GET /v1/moderation/comments/{id}', commentFile.text('only')],
      ['GET /v1/moderation/batches/{id}', oneBatch.text('only')],
      ['GET /v1/moderation/bans?after=…', listBans.text({ side: 'after' })],
      ['Bans in force of a person', bansInForce.text('only')],
      ['GET /v1/moderation/words', wordLists.text('only')],
    ],
  ],
  [
    'changes',
    [
      ['Where a tail begins', snapshotStatement.text('only')],
      ['A step of the tail: all that committed since the last step', tailStatement.text('only')],
      ['The stable feed', feedStatement.text('only')],
      ['A step of the tail for all streams of comments', liveStatement.text('only')],
      ['Last-Event-ID: what has changed under an article since', missedStatement.text('only')],
      ['GET /v1/comments/changes?after=…', commentFeedStatement.text('only')],
    ],
  ],
  [
    'writing',
    [
      ['PATCH /v1/articles/{slug}: before and after the lock', editedArticle.text({ by: 'slug' })],
      ['GET /v1/articles/{slug}/revisions?after=…', listRevisions.text({ side: 'after' })],
      ['GET /v1/articles/{slug}/revisions/{version}', oneRevision.text('only')],
      ['GET /v1/articles/{slug}/preview-links', listPreviewLinks.text({ side: 'start' })],
      ['?preview=bsp_…', livePreviewLink.text('only')],
    ],
  ],
  ['keys', [['Authorization: Bearer bs_…', liveKey.text('only')]]],
]

/** @returns the files of docs/sql, by name without the ending. */
export function sqlFiles(): [name: string, text: string][] {
  return LISTINGS.map(([name, statements]) => [
    name,
    `${HEADER}\n${statements.map(([what, text]) => `-- ${what}\n${prettySql(text)};\n`).join('\n')}`,
  ])
}

const HEADER = `-- Made from src/db by "npm run derive". Do not edit. Read it in a review: a change of a hot read shows here.
-- The server prepares each as: select answer from (<the statement>) as q. Only the white space is ours.
`

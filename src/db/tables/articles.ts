import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type { Cover, Heading, Image, Seo } from '../../domain/article.ts'
import { createdAt, inCalendar, moment, tsvector } from './columns.ts'
import { authors, categories, series, tags } from './terms.ts'

export const articles = pgTable(
  'articles',
  {
    id: uuid().primaryKey(),
    locale: text().notNull(),
    /** The current one; `slugs` holds it and every earlier one (kept by trigger). */
    slug: text().notNull(),
    status: text().$type<'draft' | 'published' | 'archived' | 'trashed'>().notNull().default('draft'),
    title: text().notNull(),
    subtitle: text(),
    /** As an editor wrote it; null lets `excerpt` follow the body. */
    customExcerpt: text(),
    excerpt: text().notNull(),
    bodyFormat: text().$type<'html' | 'markdown' | 'text'>().notNull(),
    bodySource: text().notNull(),
    bodyHtml: text().notNull(),
    bodyText: text().notNull(),
    wordCount: integer().notNull(),
    readingMinutes: integer().notNull(),
    /** Of the rendered body, in its order: headings that have an anchor, and images. */
    headings: jsonb().$type<Heading[]>().notNull().default([]),
    images: jsonb().$type<Image[]>().notNull().default([]),
    cover: jsonb().$type<Cover>(),
    seo: jsonb().$type<Seo>().notNull().default({}),
    featured: boolean().notNull().default(false),
    commentPolicy: text().$type<'open' | 'known' | 'held' | 'closed'>(),
    commentsCloseAt: moment(),
    /** Approved and not hidden, replies included; kept by trigger on `comments`. */
    commentCount: integer().notNull().default(0),
    /** The id of the article that the others translate, whether it still exists or not; all of them share it. */
    translationGroup: uuid(),
    publishedAt: moment(),
    unpublishAt: moment(),
    firstPublishedAt: moment(),
    createdAt: createdAt(),
    updatedAt: createdAt(),
    /** Grows with every save by an editor, never with a comment. */
    version: integer().notNull().default(1),
  },
  (t) => [
    check('articles_status_known', sql`${t.status} in ('draft', 'published', 'archived', 'trashed')`),
    check('articles_body_format_known', sql`${t.bodyFormat} in ('html', 'markdown', 'text')`),
    check('articles_comment_policy_known', sql`${t.commentPolicy} in ('open', 'known', 'held', 'closed')`),
    check('articles_published_is_dated', sql`${t.status} <> 'published' or ${t.publishedAt} is not null`),
    check('articles_unpublish_after_publish', sql`${t.unpublishAt} > ${t.publishedAt}`),
    check(
      'articles_dates_in_calendar',
      inCalendar(
        t.publishedAt,
        t.unpublishAt,
        t.firstPublishedAt,
        t.commentsCloseAt,
        t.createdAt,
        t.updatedAt,
      ),
    ),
    // the translations of an article, one a language: include=translations
    uniqueIndex('articles_translation')
      .on(t.translationGroup, t.locale)
      .where(sql`translation_group is not null`),
    // what editors list by state: status=draft, and the public list by -updatedAt
    index('articles_status_updated').on(t.status, t.updatedAt, t.id),
    // the other orders of the public list, of the site and of a locale
    index('articles_locale_updated').on(t.locale, t.updatedAt, t.id).where(sql`status = 'published'`),
    index('articles_title').on(sql`${t.title} collate "und-x-icu"`, t.id).where(sql`status = 'published'`),
    index('articles_locale_title')
      .on(t.locale, sql`${t.title} collate "und-x-icu"`, t.id)
      .where(sql`status = 'published'`),
    index('articles_comments').on(t.commentCount, t.id).where(sql`status = 'published'`),
    index('articles_locale_comments').on(t.locale, t.commentCount, t.id).where(sql`status = 'published'`),
  ],
)

export const articleAuthors = pgTable(
  'article_authors',
  {
    articleId: uuid()
      .notNull()
      .references(() => articles.id, { onDelete: 'cascade' }),
    authorId: uuid()
      .notNull()
      .references(() => authors.id, { onDelete: 'restrict' }),
    position: smallint().notNull(),
  },
  (t) => [
    // an article's authors in order: every article read
    primaryKey({ columns: [t.articleId, t.authorId] }),
    // who is touched when an author changes or goes
    index('article_authors_author').on(t.authorId),
  ],
)

export const articleCategories = pgTable(
  'article_categories',
  {
    articleId: uuid()
      .notNull()
      .references(() => articles.id, { onDelete: 'cascade' }),
    categoryId: uuid()
      .notNull()
      .references(() => categories.id, { onDelete: 'restrict' }),
    /** 0 is the primary category. */
    position: smallint().notNull(),
  },
  (t) => [
    // an article's categories, primary first: every article read
    primaryKey({ columns: [t.articleId, t.categoryId] }),
    // which articles follow when a category moves, merges or goes
    index('article_categories_category').on(t.categoryId),
  ],
)

export const articleTags = pgTable(
  'article_tags',
  {
    articleId: uuid()
      .notNull()
      .references(() => articles.id, { onDelete: 'cascade' }),
    tagId: uuid()
      .notNull()
      .references(() => tags.id, { onDelete: 'restrict' }),
    position: smallint().notNull(),
  },
  (t) => [
    // an article's tags: every article read
    primaryKey({ columns: [t.articleId, t.tagId] }),
    // which articles follow when a tag goes
    index('article_tags_tag').on(t.tagId),
  ],
)

export const seriesArticles = pgTable(
  'series_articles',
  {
    seriesId: uuid()
      .notNull()
      .references(() => series.id, { onDelete: 'cascade' }),
    articleId: uuid()
      .notNull()
      .references(() => articles.id, { onDelete: 'cascade' }),
    /** From 1; entries of a series without an order of its own have position 0. */
    position: integer().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.seriesId, t.articleId] }),
    // one article a place, so that a place alone is an order
    unique('series_articles_place').on(t.seriesId, t.position),
    // the manual series of an article: kept in step by trigger when the article changes
    index('series_articles_article').on(t.articleId),
    check('series_articles_position_positive', sql`${t.position} > 0`),
  ],
)

/**
 * Every version of an article, as an editor wrote it; kept by a trigger at the end of each transaction that made one,
 * so that an import counts too.
 */
export const articleRevisions = pgTable(
  'article_revisions',
  {
    articleId: uuid()
      .notNull()
      .references(() => articles.id, { onDelete: 'cascade' }),
    version: integer().notNull(),
    /** What an editor may change: `article_document` in the migrations, `ArticleDocument` in the shapes. */
    document: jsonb().$type<object>().notNull(),
    /** Status and dates as this version had them. */
    state: jsonb().$type<object>().notNull(),
    actor: text().notNull(),
    createdAt: createdAt(),
  },
  // the revisions of an article, newest first, and each by its number
  (t) => [primaryKey({ columns: [t.articleId, t.version] })],
)

/** Where an editor says which article shall stand before or after another one, in place of the one by order. */
export const adjacentOverrides = pgTable(
  'adjacent_overrides',
  {
    articleId: uuid()
      .notNull()
      .references(() => articles.id, { onDelete: 'cascade' }),
    /** The series, by ids: `site`, `locale:en`, `category:<id>`, `category-only:<id>`, `tag:<id>`… */
    within: text().notNull(),
    side: text().$type<'previous' | 'next'>().notNull(),
    targetId: uuid()
      .notNull()
      .references(() => articles.id, { onDelete: 'cascade' }),
    seriesId: uuid().notNull().generatedAlwaysAs(sql`series_of(within)`),
  },
  (t) => [
    // the overrides of an article in a series: every read of its neighbours there
    primaryKey({ columns: [t.articleId, t.seriesId, t.side] }),
    // when an article or a series goes
    index('adjacent_overrides_target').on(t.targetId),
    index('adjacent_overrides_series').on(t.seriesId),
    check('adjacent_overrides_side_known', sql`${t.side} in ('previous', 'next')`),
    check('adjacent_overrides_not_itself', sql`${t.targetId} <> ${t.articleId}`),
  ],
)

/** The words of each article, kept by trigger. Apart from `articles`, whose every new comment would rewrite them. */
export const articleSearch = pgTable(
  'article_search',
  {
    articleId: uuid()
      .primaryKey()
      .references(() => articles.id, { onDelete: 'cascade' }),
    locale: text().notNull(),
    words: tsvector().notNull(),
  },
  // q=
  (t) => [index('article_search_words').using('gin', t.words)],
)

/** Links that show one article to whoever holds them. The link is signed; its row is what can be revoked. */
export const previewLinks = pgTable(
  'preview_links',
  {
    id: uuid().primaryKey(),
    articleId: uuid()
      .notNull()
      .references(() => articles.id, { onDelete: 'cascade' }),
    expiresAt: moment().notNull(),
    revokedAt: moment(),
    actor: text().notNull(),
    createdAt: createdAt(),
  },
  // the links of an article, newest first
  (t) => [index('preview_links_article').on(t.articleId, t.createdAt)],
)
